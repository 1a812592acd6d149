"""Score the shipped tone weights and the baselines, print targets and table, keep the evidence.

    python -m classifiers.report [--data ../shared/data]

The baselines' rows come from results/tone/baselines.json (python -m classifiers.baselines).

Writes results/tone/scores.json and, for every test text, results/tone/predictions/*.jsonl (row
number, label, score). Texts are not copied: row numbers count from 0 in the file's order.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifiers import card, gate_train, measures
from classifiers.corpora import Example
from classifiers.gate import looks_like_email
from classifiers.table import COLUMNS, System, measure, rows_of
from classifiers.tone import WEIGHTS, Tone, ToneScorer

OURS = "ours (int8)"


@dataclass(frozen=True)
class Target:
    """A figure to reach: at least `goal`, or at most where `at_most`."""

    name: str
    value: float
    goal: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        return self.value <= self.goal if self.at_most else self.value >= self.goal


class Remembering(ToneScorer):
    """A ToneScorer that scores no text twice: several measures ask for the same ones."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, Tone] = {}

    def score(self, texts: Sequence[str]) -> list[Tone]:
        new = sorted({text for text in texts if text not in self._known})
        self._known.update(zip(new, super().score(new), strict=True))
        return [self._known[text] for text in texts]


def ours(scorer: ToneScorer) -> System:
    """The shipped scorer in the baselines' form."""

    def side(name: str) -> Callable[[Sequence[str]], list[float]]:
        return lambda texts: [getattr(tone, name) for tone in scorer.score(texts)]

    return System(OURS, side("sentiment"), side("sentiment"), side("politeness"))


def gate_scores(folder: Path) -> dict:
    """F1 of both classes on the held-out fifth, and the share of unrelated questions refused."""
    rows = [row for row in gate_train.texts(folder) if gate_train.held_out(row[0])]
    found = [int(looks_like_email(text) >= 0.5) for text, _, _ in rows]
    wanted = [label for _, label, _ in rows]
    return {
        "held out": len(rows),
        "F1 email": measures.class_f1(found, wanted, 1),
        "F1 other": measures.class_f1(found, wanted, 0),
        "refused": gate_train.refused(folder, looks_like_email),
    }


def targets(row: dict, changes: dict, gate: dict) -> list[Target]:
    """The issue's figures beside what was reached."""
    slips = changes["typing slips, written emails"]
    swaps = changes["other names and pronouns"]
    greeted = changes["other name in the greeting"]
    return [
        Target("SST-2 validation accuracy", row["SST-2 accuracy"], 0.92),
        Target("TyDiP English test Spearman", row["TyDiP rho"], 0.75),
        Target("TyDiP quartiles accuracy", row["TyDiP quartiles accuracy"], 0.88),
        Target("written pairs ordered rightly", row["pairs ordered"], 0.90),
        Target("misspelling moves sentiment by", slips["sentiment"], 0.1, at_most=True),
        Target("misspelling moves politeness by", slips["politeness"], 0.1, at_most=True),
        Target("names, pronouns move sentiment by", swaps["sentiment"], 0.03, at_most=True),
        Target("names, pronouns move politeness by", swaps["politeness"], 0.03, at_most=True),
        Target("greeting's name moves sentiment by", greeted["sentiment"], 0.03, at_most=True),
        Target("greeting's name moves politeness by", greeted["politeness"], 0.03, at_most=True),
        Target("gate F1, emails", gate["F1 email"], 0.95),
        Target("gate F1, other texts", gate["F1 other"], 0.95),
        Target("weights, MB", sum(size for size, _ in files().values()) / 1e6, 25, at_most=True),
    ]


def files() -> dict[str, tuple[int, str]]:
    """Size in bytes and sha256 of every file that scoring reads."""
    read = [path for path in WEIGHTS.iterdir() if path.suffix in {".onnx", ".json"}]
    paths = sorted(path for path in read if path.name != card.TRAINING)
    return {
        path.name: (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in paths
    }


def keep_predictions(scorer: ToneScorer, sets: dict[str, list[Example]], out: Path) -> None:
    """One file a set: row number, labels and both scores, a JSON object a line."""
    out.mkdir(parents=True, exist_ok=True)
    for name in ("sst2", "goemotions", "tydip", "written sentiment", "written politeness", "pairs"):
        tones = scorer.score([row.text for row in sets[name]])
        lines = [
            {
                "row": number,
                "label": row.sentiment,
                "politeness label": row.politeness and round(row.politeness, 4),
                "sentiment": round(tone.sentiment, 4),
                "politeness": round(tone.politeness, 4),
            }
            for number, (row, tone) in enumerate(zip(sets[name], tones, strict=True))
        ]
        if name == "pairs":
            lower = scorer.score([row.partner for row in sets[name]])
            lines = [
                {"row": n, "politer": round(a.politeness, 4), "ruder": round(b.politeness, 4)}
                for n, (a, b) in enumerate(zip(tones, lower, strict=True))
            ]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (out / f"{name.replace(' ', '_')}.jsonl").write_text(text, "utf-8")


def score(folder: Path, scorer: ToneScorer, others: dict[str, dict]) -> dict:
    """The whole report as one JSON-ready dictionary; `others` are the baselines' rows."""
    sets = rows_of(folder)
    table = {OURS: measure(ours(scorer), sets)} | others
    tones = {name: scorer.score([row.text for row in rows]) for name, rows in sets.items()}
    feeling = {name: [tone.sentiment for tone in tones[name]] for name in sets}
    polite = [tone.politeness for tone in tones["tydip"]]
    own = [tone.politeness for tone in tones["written politeness"]]
    curves = {"SST-2": measures.reliability(feeling["sst2"], sets["sst2"])}
    curves |= {"TyDiP politeness": measures.politeness_curve(polite, sets["tydip"])}
    curves |= {"written politeness": measures.politeness_curve(own, sets["written politeness"])}
    changes = measures.robustness(scorer, folder)
    gate = gate_scores(folder)
    reached = targets(table[OURS], changes, gate)
    return {
        "command": "python -m classifiers.report",
        "weights": {name: digest for name, (_, digest) in files().items()},
        "targets": [vars(target) | {"met": target.met} for target in reached],
        "table": table,
        "reliability": curves,
        "calibration error": {
            "SST-2": measures.calibration_error(curves["SST-2"], "forecast", "observed"),
            "TyDiP": measures.calibration_error(curves["TyDiP politeness"], "score", "label"),
            "written": measures.calibration_error(curves["written politeness"], "score", "label"),
        },
        "words": measures.words_right(scorer),
        "emails": measures.emails(scorer),
        "changes": changes,
        "names": measures.names_table(scorer),
        "gate": gate,
    }


def lines_of(report: dict) -> list[str]:
    """The report as a person reads it."""
    lines = ["target".ljust(38) + "reached    goal"]
    for target in report["targets"]:
        sign, mark = ("<=" if target["at_most"] else ">="), ("met" if target["met"] else "MISSED")
        lines.append(
            f"{target['name']:<38}{target['value']:7.3f} {sign} {target['goal']:<6} {mark}"
        )
    lines += ["", "system".ljust(26) + "  ".join(COLUMNS)]
    for name, row in report["table"].items():
        cells = [
            ("-" if row[key] is None else f"{row[key]:.3f}").ljust(len(key)) for key in COLUMNS
        ]
        lines.append(name.ljust(26) + "  ".join(cells))
    for title in ("emails", "changes", "names", "gate", "calibration error", "words"):
        lines += ["", title]
        lines += [f"  {name:<36} {_flat(value)}" for name, value in report[title].items()]
    return lines


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{name} {_flat(one)}" for name, one in value.items())
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def main() -> int:
    """Measure, print, write; returns 0 whether or not the targets are met."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.report", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("results/tone"))
    given = parser.parse_args()
    scorer = Remembering()
    known = given.out / "baselines.json"
    others = json.loads(known.read_text("utf-8"))["table"] if known.exists() else {}
    report = score(given.data, scorer, others)
    given.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=1, ensure_ascii=False)
    (given.out / "scores.json").write_text(text + "\n", "utf-8")
    (WEIGHTS / "README.md").write_text(card.render(report, files(), card.runs_of(WEIGHTS)), "utf-8")
    keep_predictions(scorer, rows_of(given.data), given.out / "predictions")
    sys.stdout.write("\n".join(lines_of(report)) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
