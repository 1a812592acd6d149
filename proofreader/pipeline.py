"""The way of one email: split, score, prompt, decode, align, guard, re-score.

for state in Proofreader().run("I has a question."):
    print(state.phase, state.revised)
"""

from collections.abc import Iterator
from threading import Event

from classifiers.tone import Scorer
from proofreader.errors import ProofreadError
from proofreader.loading import Loader, Loading, ModelInfo, load_scorer
from proofreader.revision import Revision
from proofreader.sharing import Sharing
from proofreader.states import DEFAULT, GOALS, Options, Proofread, SentenceState

__all__ = ["GOALS", "Options", "Proofread", "Proofreader", "SentenceState"]

LIMIT = 100_000  # characters of one text, quoted replies included; about 16,000 words
POLL_SECONDS = 0.1  # between states while a model loads or another request has its turn


class Proofreader:
    """Loaded once for a process. `run` may be called from several threads: runs of one model
    share its batches, a run of another model waits for those before it.

    `scorer` scores the tone; None: as models.yaml says (see loading.load_scorer).
    `loader` finds the model; None: as models.yaml says.
    `order` says where the rule checker works: "before" the model, "after" it, or "off".
    """

    def __init__(
        self, scorer: Scorer | None = None, order: str = "after", loader: Loader | None = None
    ) -> None:
        self.scorer = scorer or load_scorer()
        self.order = order
        self._loader = loader or Loader()
        self._sharing = Sharing()

    @property
    def model_info(self) -> ModelInfo | None:
        """What answers now, None before the first run."""
        return self._loader.current.info if self._loader.current else None

    def run(
        self, text: str, options: Options | None = None, stop: Event | None = None
    ) -> Iterator[Proofread]:
        """States of one run, each whole. Raises ProofreadError for what can't be worked on."""
        options, stop = options or Options(), stop or Event()
        _check(text, options)
        revision = Revision(text, options, self.scorer, self.order)
        yield revision.state("waiting")
        if not revision.units:
            yield revision.state("done")
            return
        revision.mark_rules()
        yield revision.state("waiting")
        ticket, key = object(), (options.model, options.sampling.context)
        try:
            while not self._sharing.enter(ticket, key, POLL_SECONDS):
                if stop.is_set():
                    yield revision.state("stopped")
                    return
                yield revision.state("waiting")
            yield from self._work(revision, options, stop)
        finally:
            self._sharing.leave(ticket)

    def _work(self, revision, options: Options, stop: Event) -> Iterator[Proofread]:
        loading = Loading(self._loader, options.model, options.sampling)
        loading.start()
        while loading.is_alive() and not stop.is_set():
            loading.join(POLL_SECONDS)
            yield revision.state("loading", loading.progress)
        loading.join()  # a second run must not load beside it
        if loading.error is not None:
            if options.model != DEFAULT:
                raise loading.error
            revision.notes.append(f"No model, so only the rules worked. {loading.error}")
        model = loading.model
        revision.begin(model)
        if model is not None:
            jobs = [revision.job(unit, model) for unit in revision.waiting]
            for ended in model.engine.work(jobs, stop):
                if ended:
                    yield revision.state("editing")
        while model is None and revision.waiting and not stop.is_set():
            revision.settle()
            yield revision.state("editing")
        yield revision.state("stopped" if stop.is_set() and revision.waiting else "done")

    def correct(self, text: str) -> str:
        """The revised text of the last state."""
        for state in self.run(text):
            last = state
        return last.revised


def _check(text: str, options: Options) -> None:
    if options.goal not in GOALS:
        raise ProofreadError(f"There is no goal {options.goal!r}. Pick one of: {', '.join(GOALS)}.")
    if not text.strip():
        raise ProofreadError("There is no text yet. Paste an email.")
    if len(text) > LIMIT:
        raise ProofreadError(
            f"The text has {len(text):,} characters, {len(text) - LIMIT:,} more than the limit of "
            f"{LIMIT:,}. Cut it, or proofread it in pieces."
        )
