"""The scorecard of the file that ships, from what `make score` and `make scorecard` measured.

    python -m training.scorecard          # prints the table, draws docs/scorecard.png

Reads results/scores/TASK-SYSTEM.json and measures nothing itself.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from proofreader.errors import ProofreadError

ROOT = Path(__file__).parent.parent
SYSTEMS = {
    "copy": "copying",
    "base": "bare base",
    "quire": "quire-grammar",
    "harper": "Harper",
    "bare": "ours without guards",
    "pipeline": "ours",
}
COLOURS = ("#b8bec9", "#8a93a6", "#d9b86c", "#c98a3d", "#7fa8d9", "#1f5fbf")


BOTH = "tone moved, every fact kept"


@dataclass(frozen=True)
class Row:
    """One line of the scorecard. goal: a limit to reach, "up" means at least."""

    title: str
    task: str
    figure: str
    direction: str  # "up": more is better; "down": less is
    goal: float | None = None


ROWS = (
    Row("JFLEG dev, GLEU", "jfleg", "GLEU", "up", 51),
    Row("CWEB dev, ERRANT F0.5", "cweb_errant", "F0.5", "up"),
    Row("written sentences, needed edits made, %", "corrections", "needed edits made", "up"),
    Row("written sentences, corrected exactly, %", "corrections", "corrected exactly", "up", 85),
    Row("edits that were wanted, %", "corrections", "edits that were wanted", "up"),
    Row("written emails, mistakes mended, %", "emails", "needed edits made", "up", 80),
    Row("written emails, facts kept, %", "emails", "facts kept", "up", 100),
    Row("false edits, US government, %", "us_gov", "false edits", "down", 3),
    Row("false edits, Tatoeba, %", "tatoeba", "false edits", "down", 3),
    Row("friendlier: moved, facts kept, %", "goals_friendlier", BOTH, "up", 80),
    Row("more formal: moved, facts kept, %", "goals_formal", BOTH, "up", 80),
    Row("more concise: moved, facts kept, %", "goals_concise", BOTH, "up", 80),
    Row("calmer: moved, facts kept, %", "goals_calmer", BOTH, "up", 80),
)  # fmt: skip


def read(folder: Path, row: Row, system: str) -> dict | None:
    """The figure of a system, {"value", "low", "high", "n"}; None where it was not measured."""
    if system == "copy":  # every report has it as its floor
        found = sorted(folder.glob(f"{row.task}-*.json"))
        reports = [json.loads(path.read_text("utf-8")) for path in found]
        whole = [report for report in reports if row.figure in report["floor"]]
        most = max(whole, key=lambda report: report["texts"], default=None)
        return most["floor"][row.figure] if most else None
    path = folder / f"{row.task}-{system}.json"
    if not path.is_file():
        return None
    report = json.loads(path.read_text("utf-8"))
    score = report["scores"].get(row.figure)
    return score and {**score, "of": report["texts"]}


def table(folder: Path) -> str:
    """The scorecard in Markdown, with 95 % intervals."""
    shown = [name for name in SYSTEMS if any(read(folder, row, name) for row in ROWS)]
    titles = [SYSTEMS[name] for name in shown]
    lines = [
        "| " + " | ".join(["measure", *titles, "goal"]) + " |",
        "|---" * (len(shown) + 2) + "|",
    ]
    for row in ROWS:
        found = [read(folder, row, system) for system in shown]
        texts = max((score.get("of", 0) for score in found if score), default=0)
        cells = [_cell(score, texts) for score in found]
        sign = ">=" if row.direction == "up" else "<="
        goal = f"{sign} {row.goal:g}" if row.goal is not None else ""
        lines.append("| " + " | ".join([row.title, *cells, goal]) + " |")
    return "\n".join(lines)


def _cell(score: dict | None, texts: int) -> str:
    if score is None:
        return ""
    fewer = f" ({score['of']} texts)" if score.get("of", texts) < texts else ""
    return f"{score['value']:.1f} [{score['low']:.1f}, {score['high']:.1f}]{fewer}"


def draw(folder: Path, target: Path) -> None:
    """The rows that several systems share as groups of bars, with intervals and goals."""
    from matplotlib.figure import Figure

    shown = [
        row for row in ROWS if read(folder, row, "pipeline") and not row.task.startswith("goals")
    ]
    figure = Figure(figsize=(11, 6.5), layout="constrained")
    axes = list(figure.subplots(3, 3).flat)
    for place, row in zip(axes, shown, strict=False):
        found = {name: read(folder, row, name) for name in SYSTEMS}
        found = {name: score for name, score in found.items() if score}
        colours = dict(zip(SYSTEMS, COLOURS, strict=True))
        names = list(found)
        values = [found[name]["value"] for name in names]
        spans = [
            [max(0.0, found[name]["value"] - found[name]["low"]) for name in names],
            [max(0.0, found[name]["high"] - found[name]["value"]) for name in names],
        ]
        place.barh(
            [SYSTEMS[name] for name in names],
            values,
            xerr=spans,
            color=[colours[name] for name in names],
            error_kw={"linewidth": 0.8},
        )
        if row.goal is not None:
            place.axvline(row.goal, color="#2b8a3e", linestyle="--", linewidth=1)
        better = "more" if row.direction == "up" else "less"
        place.set_title(f"{row.title}\n({better} is better)", fontsize=8)
        place.tick_params(labelsize=7)
    for place in axes[len(shown) :]:
        place.set_visible(False)
    figure.savefig(target, dpi=110)


def main() -> int:
    """Print and draw; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--scores", type=Path, default=ROOT / "results" / "scores")
    parser.add_argument("--picture", type=Path, default=ROOT / "docs" / "scorecard.png")
    options = parser.parse_args()
    try:
        if not options.scores.is_dir():
            raise ProofreadError(f"{options.scores}: no scores there. Run `make score` first.")
        print(table(options.scores))
        draw(options.scores, options.picture)
    except (ProofreadError, ModuleNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
