"""Tasks: each file here is data and scoring in one place, for any system from text to text.

    task = get("jfleg")
    task.load(Path("../shared/data"))[0].text

`python -m training.evaluation TASK...` runs them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any

from proofreader.errors import ProofreadError
from training.metrics import Score, ratio

HOME = {  # task: the module that has it
    "jfleg": "jfleg",
    "cweb": "cweb",
    "cweb_errant": "errant_cweb",
    "tatoeba": "clean",
    "us_gov": "clean",
    "corrections": "written",
    "corrections_dev": "written",
    "emails": "written",
    "emails_dev": "written",
    "goals_friendlier": "goals",
    "goals_friendlier_dev": "goals",
    "goals_formal": "goals",
    "goals_formal_dev": "goals",
    "goals_concise": "goals",
    "goals_concise_dev": "goals",
    "goals_calmer": "goals",
    "goals_calmer_dev": "goals",
    "redteam": "redteam",
}


@dataclass(frozen=True)
class Line:
    """One text of a task, what it should become, and what else its scoring needs."""

    id: str
    text: str
    references: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What a system made of a line. `output` is the text itself where there was an error."""

    output: str
    seconds: float = 0.0
    error: str | None = None
    crashed: bool = False  # the error was none meant for a user


Marks = dict[str, tuple[float, float]]  # figure: (hits, chances) of one line


@dataclass(frozen=True)
class Task:
    """Data and scoring. A figure is 100 * hits / chances over all lines, or comes from `corpus`."""

    name: str
    about: str
    load: Callable[[Path], list[Line]]  # takes the folder of the shared data
    mark: Callable[[Line, Outcome], Marks]
    corpus: Callable[[Sequence[Line], Sequence[str]], dict[str, Score]] | None = None
    ceiling: Callable[[Sequence[Line]], dict[str, Score]] | None = None  # where line 1 won't do
    keeps_text: bool = True  # False: the licence lets us publish scores, not the texts
    goal: str | None = None  # the goal the texts are for; None: the caller's choice


def changed(figure: str) -> Callable[[Line, Outcome], Marks]:
    """A mark that counts, under the name `figure`, the lines that were changed at all."""
    return lambda line, outcome: {figure: (outcome.output != line.text, 1)}


def get(name: str) -> Task:
    """The task of that name. Raises ProofreadError, with the nearest name, where there is none."""
    if name not in HOME:
        near = get_close_matches(name, HOME, 1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(HOME)}."
        raise ProofreadError(f"No task is called {name!r}. {hint}")
    return import_module(f"training.tasks.{HOME[name]}").TASKS[name]


def total(task: Task, lines: Sequence[Line], outcomes: Sequence[Outcome]) -> dict[str, Score]:
    """Every figure of the task for these outcomes; a figure no line had a chance at is left out."""
    outputs = [outcome.output for outcome in outcomes]
    scores = task.corpus(lines, outputs) if task.corpus else {}
    marks = [task.mark(line, outcome) for line, outcome in zip(lines, outcomes, strict=True)]
    for name in {name: None for row in marks for name in row}:
        pairs = [row.get(name, (0.0, 0.0)) for row in marks]
        hits, chances = zip(*pairs, strict=True)
        if sum(chances):
            scores[name] = ratio(hits, chances)
    return scores


def read_lines(path: Path) -> list[str]:
    """The lines of a text file, split at newlines only. Raises ProofreadError without the file."""
    if not path.is_file():
        raise ProofreadError(
            f"The data file {path} is missing. Point --data at the folder that has it."
        )
    return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
