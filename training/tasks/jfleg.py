"""JFLEG dev: learners' sentences, four fluent rewritings each, scored by GLEU.

`python -m training.evaluation jfleg`. Data: CC BY-NC-SA 4.0, so outputs are not published.
"""

from collections.abc import Sequence
from pathlib import Path

from training.metrics import Score, gleu, plain_text, sentence_gleu
from training.tasks import Line, Marks, Outcome, Task, read_lines

REFERENCES = 4


def load(data: Path) -> list[Line]:
    """754 lines as plain text."""
    folder = data / "eval" / "jfleg_dev"
    names = ["src.txt", *(f"ref{number}.txt" for number in range(REFERENCES))]
    columns = [map(plain_text, read_lines(folder / name)) for name in names]
    rows = zip(*columns, strict=True)
    return [Line(f"dev-{at}", text, tuple(wanted)) for at, (text, *wanted) in enumerate(rows)]


def mark(line: Line, outcome: Outcome) -> Marks:
    """GLEU of the line (for looking at; the corpus figure is not its mean)."""
    value = sentence_gleu(line.text, outcome.output, line.references) / 100
    return {"mean line GLEU": (value, 1), "changed": (outcome.output != line.text, 1)}


def corpus(lines: Sequence[Line], outputs: Sequence[str]) -> dict[str, Score]:
    """Corpus GLEU."""
    sources = [line.text for line in lines]
    return {"GLEU": gleu(sources, outputs, [line.references for line in lines])}


def ceiling(lines: Sequence[Line]) -> dict[str, Score]:
    """A human: the first reference against the other three."""
    sources, people = [line.text for line in lines], [line.references[0] for line in lines]
    return {"GLEU": gleu(sources, people, [line.references[1:] for line in lines])}


TASKS = {
    "jfleg": Task(
        "jfleg", "GLEU on JFLEG dev, higher is better", load, mark, corpus, ceiling, False
    )
}
