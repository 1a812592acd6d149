"""A piece of an email that is revised as one: a sentence, or a paragraph of them."""

from dataclasses import dataclass, replace

from classifiers.tone import Tone
from proofreader.edits import Edit, apply


@dataclass
class Unit:
    """Where the piece stands in the email, its tone, and what has become of it so far."""

    start: int
    end: int
    source: str
    before: Tone
    edits: tuple[Edit, ...] = ()  # placed in the email, not in the piece
    after: Tone | None = None
    state: str = "waiting"
    note: str | None = None

    @property
    def standing(self) -> str:
        """The text with its kept edits."""
        moved = [
            replace(edit, start=edit.start - self.start, end=edit.end - self.start)
            for edit in self.edits
            if edit.verdict == "kept"
        ]
        return apply(self.source, moved)
