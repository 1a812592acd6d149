"""A proofreader without a model, of the same interface: a short table of mistakes and a clock.

FakeProofreader(delay=0.2)      # seconds per sentence; tests of the page use it
"""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from threading import Event

from classifiers.tone import Tone, aggregate
from proofreader.edits import Edit, apply
from proofreader.errors import ProofreadError
from proofreader.pipeline import Options, Proofread, SentenceState

LIMIT = 20_000  # characters
SLOW = 0.25  # seconds per sentence of an email that says "take your time"
MISTAKES = (
    ("has went", "went", "verb form", "The simple past of 'go' is 'went'.", "model", 0.93),
    ("recieve", "receive", "spelling", "'receive' is spelled with 'ei'.", "rules", 0.99),
    ("tommorow", "tomorrow", "spelling", "'tomorrow' has one m and two r.", "rules", 0.99),
    ("does not matches", "do not match", "agreement", "The plural takes 'do'.", "model", 0.81),
    ("very very", "very", "extra word", "The word stands there twice.", "rules", 0.97),
    ("You idiot", "Sir", "tone", "Calmer.", "model", 0.55),
    ("there is two", "there are two", "agreement", "'two things' takes 'are'.", "model", 0.9),
    ("so quick.", "so quickly.", "word choice", "An adverb tells how.", "model", 0.62),
    ("close at", "closes at", "agreement", "'the warehouse' takes 'closes'.", "model", 0.88),
    ("wont", "won't", "punctuation", "Short for 'will not'.", "rules", 0.98),
    ("but its", "but it's", "punctuation", "Short for 'it is'.", "model", 0.84),
    ("untill", "until", "spelling", "'until' ends in one l.", "rules", 0.99),
    ("look the", "look at the", "missing word", "'look' takes 'at'.", "model", 0.7),
)
BLOCKED = (("1,840", "1,804", "number"), ("OPS-4471", "OPS-4417", "id"))
HARSH = re.compile(r"\b(idiot|useless|furious|wrong|never)\b", re.IGNORECASE)
KIND = re.compile(r"\b(please|thank|thanks|glad|dear|sir)\b", re.IGNORECASE)


class FakeScorer:
    """Counts harsh and kind words."""

    def score(self, texts: Sequence[str]) -> list[Tone]:
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Tone:
        balance = 0.3 * len(KIND.findall(text)) - 0.4 * len(HARSH.findall(text))
        return Tone(max(-1.0, min(1.0, balance)), max(-1.0, min(1.0, balance - 0.1)))


class FakeProofreader:
    """Same methods as proofreader.pipeline.Proofreader."""

    def __init__(self, delay: float = 0.0) -> None:
        self.scorer = FakeScorer()
        self.delay = delay
        self.model_info = None
        self.asked: list[Options] = []
        self.stopped = Event()  # set once a run has honoured its stop

    def run(
        self, text: str, options: Options | None = None, stop: Event | None = None
    ) -> Iterator[Proofread]:
        stop, options = stop or Event(), options or Options()
        self.asked.append(options)
        _check(text, options)
        spans = [match.span() for match in re.finditer(r"[^\s>][^\n.!?]*[.!?]*", text)]
        started = time.perf_counter()
        first = self._state(text, spans, 0, started, options)
        yield replace(first, phase="waiting", after=None)
        for done in range(len(spans) + 1):
            if done and stop.wait(SLOW if "take your time" in text else self.delay):
                self.stopped.set()
                yield self._state(text, spans, done - 1, started, options, stopped=True)
                return
            yield self._state(text, spans, done, started, options)

    def correct(self, text: str) -> str:
        return list(self.run(text))[-1].revised

    def _state(self, text, spans, done, started, options, stopped=False) -> Proofread:
        reach = spans[done - 1][1] if done else 0
        edits = tuple(edit for edit in _edits(text, options, self.scorer) if edit.end <= reach)
        seconds = time.perf_counter() - started
        finished = done == len(spans) or stopped
        kept = [edit for edit in edits if edit.verdict == "kept"]
        sentences = [self._sentence(text, kept, *span, n < done) for n, span in enumerate(spans)]
        return Proofread(
            original=text,
            revised=apply(text, kept),
            edits=edits,
            sentences=tuple(sentences),
            before=aggregate([one.before for one in sentences]),
            after=aggregate([one.after or one.before for one in sentences]) if finished else None,
            phase="stopped" if stopped else "done" if finished else "editing",
            progress=done / max(1, len(spans)),
            seconds=seconds,
            seconds_left=None if not done or finished else seconds / done * (len(spans) - done),
            tokens=7 * done,
            read_tokens=30 * done,
            model="fake",
            notes=("This does not look like English.",) if "Guten Tag" in text else (),
        )

    def _sentence(self, text, kept, start: int, end: int, done: bool) -> SentenceState:
        moved = [replace(edit, start=edit.start - start, end=edit.end - start) for edit in kept]
        inside = [edit for edit in moved if 0 <= edit.start and edit.end <= end - start]
        before, after = self.scorer.score([text[start:end], apply(text[start:end], inside)])
        if done:
            return SentenceState(start, end, before, after, "done")
        return SentenceState(start, end, before)


def _check(text: str, options: Options) -> None:
    if not text.strip():
        raise ProofreadError("There is no text yet. Paste an email and try again.")
    if len(text) > LIMIT:
        raise ProofreadError(
            f"The limit is {LIMIT:,} characters; this is {len(text) - LIMIT:,} over."
        )
    if "break the server" in text:
        raise RuntimeError("broken on purpose")
    if options.model == "missing.gguf":
        raise ProofreadError("missing.gguf: no such file. Check the path.")


def _edits(text: str, options: Options, scorer: FakeScorer) -> list[Edit]:
    edits = []
    for before, after, kind, reason, source, confidence in MISTAKES:
        if before in options.dictionary:
            continue
        effect = Tone(0.0, 0.0) if kind != "tone" else Tone(0.7, 0.7)
        for match in re.finditer(re.escape(before), text):
            edits.append(
                Edit(
                    *match.span(), before, after, kind, reason, confidence, source,
                    tone_effect=effect,
                )
            )  # fmt: skip
    for before, after, guard in BLOCKED:
        for match in re.finditer(re.escape(before), text):
            reason = f"A {guard} must stay as it is."
            edits.append(
                Edit(
                    *match.span(), before, after, "other", reason, 0.6, "model", "blocked", guard
                )
            )  # fmt: skip
    return sorted(edits, key=lambda edit: edit.start)


if __name__ == "__main__":
    import app

    app.worker = FakeProofreader()
    app.main()
