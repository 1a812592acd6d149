"""What the app asks of a language model, and how an engine is spoken to.

def job():
    pieces = yield Ask(prompt, "I has a car.", Sampling())
    chances = yield Judge(prompt, ["I have a car.", "I had a car."])
for number in engine.work([job()], Event()): ...      # the number of each job as it ends

A job is a generator, so that an engine can work on many at once: while one sentence waits for its
next word, others are read in the same batch.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any, Protocol

from prompts import Prompt


@dataclass(frozen=True)
class Sampling:
    """How the model picks its words. temperature 0 is greedy; the other filters then rest."""

    temperature: float = 0.0
    top_p: float = 0.95
    top_k: int = 40
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    max_tokens: int = 512  # for one sentence
    seed: int = 0
    context: int | None = None  # tokens of one request; None: what models.yaml says


class Piece(str):
    """A piece of an answer. `probability` is the model's at the piece's first token."""

    probability: float

    def __new__(cls, text: str, probability: float = 1.0) -> "Piece":
        piece = super().__new__(cls, text)
        piece.probability = probability
        return piece


@dataclass(frozen=True)
class Ask:
    """A wish for the model's answer to `prompt`; its result is a list of Pieces.

    `draft` is text that the answer will resemble; the answer to a draft of one line ends with its
    line. `unchanged_bias` is added to the logit of the "no change" answer, where the engine can.
    """

    prompt: Prompt
    draft: str | None
    options: Sampling
    unchanged_bias: float = 0.0


@dataclass(frozen=True)
class Judge:
    """A wish for log P(answer, end | prompt) of each answer, in nats; its result is their list."""

    prompt: Prompt
    answers: Sequence[str]


Job = Generator[Ask | Judge, Any, None]


class Engine(Protocol):
    """Answers prompts. `tokens` and `read_tokens` count all that it wrote and read so far."""

    name: str
    tokens: int
    read_tokens: int

    def complete(self, ask: Ask, stop: Event) -> Iterator[Piece]:
        """The answer in pieces. Ends early on stop."""

    def work(self, jobs: Sequence[Job], stop: Event) -> Iterator[list[int]]:
        """Carry out the jobs; now and then the numbers of those that have ended meanwhile.

        On stop it ends; jobs that have not ended are closed.
        """


class OneByOne:
    """`work` for an engine that can only complete: job after job. It can't Judge."""

    def work(self, jobs: Sequence[Job], stop: Event) -> Iterator[list[int]]:
        """See Engine."""
        for number, job in enumerate(jobs):
            try:
                wanted = next(job)
                while not stop.is_set():
                    result = list(in_lines(self.complete(wanted, stop), wanted.draft))
                    if not stop.is_set():
                        wanted = job.send(result)
            except StopIteration:
                yield [number]
            finally:
                job.close()
            if stop.is_set():
                return


def in_lines(pieces: Iterator[Piece], draft: str | None) -> Iterator[Piece]:
    """`pieces`, up to the end of the first line that has text where the draft is one line."""
    answer = ""
    for piece in pieces:
        yield piece
        answer += piece
        if draft is not None and "\n" not in draft and "\n" in answer.lstrip():
            return
