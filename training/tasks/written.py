"""The sentences and emails written for this project, in training/data: the test and dev splits.

`python -m training.evaluation corrections emails`.
"""

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

from training.metrics import word_edits
from training.tasks import Line, Marks, Outcome, Task, read_lines

FOLDER = Path(__file__).parent.parent / "data"
FACT = re.compile(
    r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+\.[\w.-]+"  # links and addresses
    r"|\w*\d(?:[\w.,:/%-]*\w)?"  # numbers, dates, times, codes
    r"|(?<=[a-z,] )(?!I['’])[A-Z][\w'’-]+"  # names inside a sentence  # noqa: RUF001
)


def facts(text: str) -> Counter:
    """The names, numbers, links and addresses of a text and how often each occurs."""
    return Counter(match[0].rstrip(".,;:!?)>") for match in FACT.finditer(text))


@cache
def _alternatives() -> dict[str, tuple[str, ...]]:
    """Other right corrections by id, written before any system was run on the tests."""
    path = FOLDER / "references.json"
    rows = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return {row["id"]: tuple(row["targets"]) for row in rows}


def _load(pattern: str, split: str, source: str, target: str) -> list[Line]:
    rows = [
        json.loads(line)
        for path in sorted(FOLDER.glob(pattern))
        for line in read_lines(path)
        if line
    ]
    return [
        Line(
            row["id"],
            row[source],
            (row[target], *_alternatives().get(row["id"], ())),
            {"topic": row["topic"]},
        )
        for row in rows
        if row["split"] == split
    ]


def mark_sentence(line: Line, outcome: Outcome) -> Marks:
    """Corrected exactly, needed edits made, edits that were wanted; right texts changed.

    Of several references the one counts that has most of its edits made.
    """
    made = word_edits(line.text, outcome.output)
    target = max(line.references, key=lambda one: _agreement(word_edits(line.text, one), made))
    needed = word_edits(line.text, target)
    marks: Marks = {
        "corrected exactly": (outcome.output in line.references, needed != frozenset()),
        "needed edits made": (len(needed & made), len(needed)),
        "edits that were wanted": (len(needed & made), len(made)),
    }
    if not needed:
        marks["corrected exactly"] = (0, 0)
        marks["false edits"] = (outcome.output not in (line.text, target), 1)
    return marks


def _agreement(needed: frozenset, made: frozenset) -> float:
    """2 * common / (both), 1 where neither has an edit (the F1 of the edits)."""
    both = len(needed) + len(made)
    return 2 * len(needed & made) / both if both else 1.0


def mark_email(line: Line, outcome: Outcome) -> Marks:
    """As for sentences, and the facts: those a right correction keeps kept, and none invented."""
    known = facts(line.text)
    for reference in line.references:
        known |= facts(reference)
    firm, found = facts(line.text) & facts(line.references[0]), facts(outcome.output)
    kept, invented = (firm & found).total(), (found - known).total()
    return {
        "facts kept": (kept, firm.total()),
        "emails with every fact": (kept == firm.total() and not invented, 1),
        **mark_sentence(line, outcome),
    }


def _corrections(split: str):
    return lambda data: _load("corrections_*.jsonl", split, "source", "target")


def _emails(split: str):
    return lambda data: _load("emails_*.jsonl", split, "text", "corrected")


CORRECTIONS = "written sentences: mistakes mended, higher is better; false edits, lower"
EMAILS = "written emails: facts kept and mistakes mended, higher is better; false edits, lower"
TASKS = {
    "corrections": Task("corrections", CORRECTIONS, _corrections("test"), mark_sentence),
    "corrections_dev": Task("corrections_dev", CORRECTIONS, _corrections("dev"), mark_sentence),
    "emails": Task("emails", EMAILS, _emails("test"), mark_email),
    "emails_dev": Task("emails_dev", EMAILS, _emails("dev"), mark_email),
}
