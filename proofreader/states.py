"""What a run is asked and what it answers: Options, Proofread and its sentences."""

from dataclasses import dataclass, field
from typing import Literal

from classifiers.tone import Tone
from proofreader.asking import Sampling
from proofreader.edits import Edit

GOALS = ("errors only", "polish", "friendlier", "more formal", "more concise", "calmer")
DEFAULT = "embedded"

Phase = Literal["waiting", "loading", "editing", "done", "stopped"]


@dataclass(frozen=True)
class Options:
    """What the user asks for. `kinds` None means every kind that the goal allows."""

    goal: str = "errors only"
    model: str = DEFAULT  # see models.resolve
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
    tokens counts what the model wrote, read_tokens what it read meanwhile, also for runs that
    shared its batches.
    """

    original: str
    revised: str
    edits: tuple[Edit, ...]
    sentences: tuple[SentenceState, ...]
    before: Tone
    after: Tone | None
    phase: Phase
    progress: float  # 0..1
    seconds: float
    seconds_left: float | None
    tokens: int
    read_tokens: int
    model: str
    notes: tuple[str, ...] = ()  # for the user: "does not look like English", "no model loaded"
