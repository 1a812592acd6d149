"""The way of one email: split, score, prompt, decode, align, guard, re-score.

    for state in Proofreader().run("I has a question."):
        print(state.phase, state.revised)
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event
from typing import Literal

from classifiers.tone import Tone, ToneScorer
from proofreader.edits import Edit
from proofreader.engine import Sampling

GOALS = ("errors only", "polish", "friendlier", "more formal", "more concise", "calmer")


@dataclass(frozen=True)
class Options:
    """What the user asks for. `kinds` None means every kind that the goal allows."""

    goal: str = "errors only"
    model: str = "embedded"  # a name of models.yaml, a path to a GGUF file, or a server's base URL
    dictionary: frozenset[str] = frozenset()
    kinds: frozenset[str] | None = None
    sampling: Sampling = field(default_factory=Sampling)


@dataclass(frozen=True)
class SentenceState:
    """original[start:end] is one sentence of the writer's own prose."""

    start: int
    end: int
    before: Tone
    after: Tone | None = None
    state: Literal["waiting", "done", "fallback"] = "waiting"
    note: str | None = None  # why a fallback kept the original


@dataclass(frozen=True)
class Proofread:
    """One state of a run; the last one has phase "done" or "stopped" and is complete.

    revised == apply(original, kept edits). seconds_left is None while unknown.
    tokens counts what the model wrote, read_tokens what it read.
    """

    original: str
    revised: str
    edits: tuple[Edit, ...]
    sentences: tuple[SentenceState, ...]
    before: Tone
    after: Tone | None
    phase: Literal["loading", "editing", "done", "stopped"]
    progress: float  # 0..1
    seconds: float
    seconds_left: float | None
    tokens: int
    read_tokens: int
    model: str
    notes: tuple[str, ...] = ()  # for the user: "does not look like English", "no model loaded"


class Proofreader:
    """Loaded once for a process. `run` may be called from several threads; they take turns."""

    def __init__(self, scorer: ToneScorer | None = None) -> None:
        self.scorer = scorer or ToneScorer()

    def run(
        self, text: str, options: Options | None = None, stop: Event | None = None
    ) -> Iterator[Proofread]:
        """States of one run, each whole. Raises ProofreadError for input that can't be worked on."""
        raise NotImplementedError

    def correct(self, text: str) -> str:
        """The revised text of the last state."""
        for state in self.run(text):
            last = state
        return last.revised
