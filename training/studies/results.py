"""The finished trials of a study, read from its folder.

results = Results.read(study, Path("results/studies/ways"), seeds=(0, 1, 2))
results.score("spam-lora", "accuracy")                     # Score over seeds and test rows
results.difference("spam-lora", "spam-full", "accuracy")   # on the same test rows
results.cost("spam-lora")                                  # seconds, memory_mb, trained, ...
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from proofreader.errors import ProofreadError
from training.metrics import Score
from training.studies.measures import Measure, Row, difference, estimate

COSTS = ("seconds", "memory_mb", "trained", "total", "steps", "pairs", "dev_loss")


def place(out: Path, trial: str, seed: int) -> tuple[Path, Path]:
    """(outcome, predictions) files of a trial."""
    name = f"{trial}-{seed}"
    return out / "trials" / f"{name}.json", out / "predictions" / f"{name}.jsonl"


@dataclass(frozen=True)
class Outcome:
    """One trial with one seed. `facts` is its JSON file."""

    trial: str
    seed: int
    facts: dict[str, Any]
    rows: list[Row]


@dataclass(frozen=True)
class Results:
    """All finished outcomes, in the order of the study's trials."""

    outcomes: list[Outcome]
    measures: dict[str, dict[str, Measure]]  # by trial and name
    groups: dict[str, str]
    out: Path
    _known: dict[tuple[str, str], Score] = field(default_factory=dict)

    @classmethod
    def read(cls, study, out: Path, seeds: Sequence[int]) -> "Results":
        """What there is of the study's trials with these seeds."""
        found = []
        for trial in study.trials:
            for seed in seeds[: trial.seeds or None]:
                outcome, predictions = place(out, trial.name, seed)
                if not outcome.is_file():
                    continue
                # Not splitlines(), which also cuts at rarer line ends inside the texts.
                lines = predictions.read_text(encoding="utf-8").rstrip("\n").split("\n")
                facts = json.loads(outcome.read_text(encoding="utf-8"))
                found.append(Outcome(trial.name, seed, facts, [json.loads(line) for line in lines]))
        measures = {t.name: {m.name: m for m in t.measures} for t in study.trials}
        return cls(found, measures, {t.name: t.group for t in study.trials}, out)

    def names(self, group: str | None = None) -> list[str]:
        """Finished trials, all or those of a group."""
        names = dict.fromkeys(outcome.trial for outcome in self.outcomes)
        return [name for name in names if group is None or self.groups[name] == group]

    def of(self, trial: str) -> list[Outcome]:
        """A trial's outcomes, one for each seed."""
        return [outcome for outcome in self.outcomes if outcome.trial == trial]

    def score(self, trial: str, measure: str) -> Score:
        """A figure of a trial over its seeds."""
        if (trial, measure) not in self._known:
            runs = [outcome.rows for outcome in self.of(trial)]
            self._known[trial, measure] = estimate(self.measures[trial][measure], runs)
        return self._known[trial, measure]

    def difference(self, trial: str, other: str, measure: str) -> Score:
        """How much more `trial` has than `other`; 0 outside the interval means it is no chance.

        ProofreadError where they were tested on different numbers of examples.
        """
        one, two = ([outcome.rows for outcome in self.of(name)] for name in (trial, other))
        if len({len(rows) for rows in (*one, *two)}) > 1:
            raise ProofreadError(
                f"{trial} and {other} were tested on different numbers of examples. "
                "Run both with the same --tests."
            )
        return difference(self.measures[trial][measure], one, two)

    def cost(self, trial: str) -> dict[str, float | None]:
        """Means over the seeds of COSTS; None for what an untuned base doesn't have."""
        found = {}
        for key in COSTS:
            values = [out.facts[key] for out in self.of(trial) if out.facts[key] is not None]
            found[key] = fmean(values) if values else None
        return found
