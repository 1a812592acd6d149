"""The gate of the topic expert: which questions are about its topic, and how well it knows.

    python -m training.studies.expert_gate --topic Nikola_Tesla --out runs/expert

It learns from the expert's training questions, from questions on anything and from questions on
half of SQuAD's other titles; it is tested on the expert's test questions, on other questions on
anything, and, because those are easy, on questions about the remaining titles.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from classifiers.related import Related, by_class, fit
from proofreader.errors import ProofreadError
from training.metrics import share
from training.studies.expert_data import Topic, topic
from training.studies.tables import anchored

HALF = 0.5  # what is more likely related than not is answered


def make(subject: Topic, out: Path) -> dict[str, Any]:
    """Fit and test the gate; gate.json and gate-scores.json go to `out`. Returns the scores."""
    about = [one.source for one in (*subject.data.train, *subject.data.dev)]
    loose, near = subject.unrelated, subject.others
    gate = fit(subject.name, about, [*loose[0], *near[0]])
    gate.save(out / "gate.json")
    tests = [one.source for one in subject.data.test]
    scores = {
        "learnt from": {"related": len(about), "unrelated": len(loose[0]) + len(near[0])},
        "against questions on anything": _scores(gate, tests, loose[1]),
        "against other articles": _scores(gate, tests, near[1]),
    }
    text = json.dumps(scores, indent=1)
    (out / "gate-scores.json").write_text(text + "\n", encoding="utf-8")
    return scores


def _scores(gate: Related, related: Sequence[str], unrelated: Sequence[str]) -> dict[str, Any]:
    wanted = [True] * len(related) + [False] * len(unrelated)
    found = [gate.score(text) >= HALF for text in [*related, *unrelated]]
    right = share([w == f for w, f in zip(wanted, found, strict=True)])
    classes = {name: asdict(score) for name, score in by_class(wanted, found).items()}
    return {**classes, "accuracy": asdict(right)}


def markdown(scores: dict[str, Any]) -> str:
    """A table of the gate's scores."""
    lines = ["| tested | class | precision | recall | F1 | questions |", "|---" * 6 + "|"]
    for tested, classes in scores.items():
        for name in ("related", "unrelated"):
            if not tested.startswith("against"):
                continue
            one = classes[name]
            cells = [f"{one[key]:.3f}" for key in ("precision", "recall", "f1")]
            row = anchored(f"gate-{tested}-{name}".replace(" ", "-"), tested)
            lines.append(f"| {row} | {name} | {' | '.join(cells)} | {one['count']} |")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    from training.study import Options

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--topic", default=Options().topic)
    parser.add_argument("--data", type=Path, default=Options().data)
    parser.add_argument("--out", type=Path, default=Path("runs/expert"))
    given = parser.parse_args(argv)
    try:
        print(markdown(make(topic(Options(data=given.data, topic=given.topic)), given.out)))
    except ProofreadError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
