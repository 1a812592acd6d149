"""Turn two versions of a sentence into the single edits a person would name, and apply any of them.

    edits = align("I has went there.", "I went there.")
    apply("I has went there.", edits)           # "I went there."
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from classifiers.tone import Tone

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
    """One change: original[start:end] == before becomes after. Offsets are characters (str indices)."""

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
