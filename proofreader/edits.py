"""Turn two versions of a sentence into the single edits a person would name, and apply any of them.

edits = align("I has went there.", "I went there.")
apply("I has went there.", edits)           # "I went there."
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from classifiers.tone import Tone
from proofreader.alignment import tokens
from proofreader.changes import Change, changes
from proofreader.kinds import classify
from proofreader.similarity import similar_enough

__all__ = ["KINDS", "Edit", "align", "apply", "similar_enough"]

KINDS = (
    "spelling",
    "punctuation",
    "capitalisation",
    "verb form",
    "agreement",
    "article",
    "preposition",
    "word choice",
    "word order",
    "missing word",
    "extra word",
    "tone",
    "other",
)


@dataclass(frozen=True)
class Edit:
    """One change: original[start:end] == before becomes after. Offsets count characters."""

    start: int
    end: int
    before: str
    after: str
    kind: str
    reason: str
    confidence: float = 1.0
    source: Literal["model", "rules"] = "model"
    verdict: Literal["kept", "blocked"] = "kept"
    blocked_by: str | None = None
    tone_effect: Tone | None = None


def apply(original: str, edits: Sequence[Edit]) -> str:
    """`original` with exactly these edits made, whatever their verdict. They must not overlap."""
    pieces, position = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces += [original[position : edit.start], edit.after]
        position = edit.end
    return "".join([*pieces, original[position:]])


def align(original: str, revised: str, offset: int = 0) -> list[Edit]:
    """The edits that turn `original` into `revised`, sorted, none touching another's characters.

    Offsets count from `offset` characters before `original`. Line breaks, runs of white space and
    curly quotation marks stay as `original` has them and are never part of what an edit changes.
    """
    old = tokens(original)
    texts = ["", *(token.text for token in old), ""]
    return [
        _edit(original, change, texts[change.first], texts[change.last + 1], offset)
        for change in changes(original, revised)
    ]


def _edit(original: str, change: Change, left: str, right: str, offset: int) -> Edit:
    named = classify([*change.before], [*change.new], left, right)
    before = original[change.start : change.end]
    start, end = change.start + offset, change.end + offset
    return Edit(start, end, before, change.after, named.kind, named.reason)
