"""Load the model a user picked, once; switching frees the old one. And what scores the tone."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from classifiers.hub import HubModel, HubScorer
from classifiers.tone import Scorer, Tone, ToneScorer
from prompts import Prompt, number, render
from proofreader.asking import Ask, Engine, Judge, Sampling
from proofreader.engine import LlamaEngine
from proofreader.errors import ProofreadError
from proofreader.merging import merged, sha256
from proofreader.models import ModelEntry, locate, resolve, tone_models
from proofreader.remote import RemoteEngine


class ToldScorer:
    """Scores tone as `scorer` does; what it can't do reaches the user as a ProofreadError."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer

    def score(self, texts: Sequence[str]) -> list[Tone]:
        """One Tone for each text."""
        try:
            return self.scorer.score(texts)
        except ValueError as error:
            raise ProofreadError(str(error)) from error


def load_scorer(named: Mapping[str, HubModel] | None = None) -> Scorer:
    """What scores the tone: the classifiers of `named` (by "sentiment" and "politeness"), else
    those of models.yaml, else the shipped weights. All load on first use."""
    chosen = {**tone_models(), **(named or {})}
    return ToldScorer(HubScorer(**chosen) if chosen else ToneScorer())


@dataclass(frozen=True)
class ModelInfo:
    """What answered: enough to find the very file again."""

    name: str
    file: str | None
    sha256: str | None
    adapter: str | None
    quantisation: str | None
    prompt_name: str
    prompt_version: int


@dataclass(frozen=True)
class Model:
    """A loaded model with the prompt that it is asked with."""

    entry: ModelEntry
    engine: Engine
    prompt: str
    info: ModelInfo

    def prompt_for(self, text: str, goal: str, tone: Tone) -> Prompt:
        """The prompt for one piece of text."""
        return render(
            self.prompt,
            goal=goal,
            sentiment=number(tone.sentiment),
            politeness=number(tone.politeness),
            text=text,
        )

    def ask(self, text: str, goal: str, tone: Tone, options: Sampling) -> Ask:
        """What to ask an engine for the revision of one piece of text; it is its own draft."""
        entry = self.entry
        bias = entry.unchanged_bias if goal in ("errors only", "polish") else entry.goal_bias
        return Ask(self.prompt_for(text, goal, tone), text, options, bias)

    def judge(self, text: str, goal: str, tone: Tone, answers: Sequence[str]) -> Judge:
        """What to ask an engine for the likelihoods of several revisions of one piece of text."""
        return Judge(self.prompt_for(text, goal, tone), answers)

    @property
    def judges(self) -> bool:
        """Whether `judge` means anything: the model was taught to answer with edits."""
        return self.prompt == "proofread" and isinstance(self.engine, LlamaEngine)


class Loader:
    """Holds the one model in memory. Who asks for another one must wait until nobody uses it.

    `fixed` is a model that answers to every name.
    """

    def __init__(self, fixed: Model | None = None) -> None:
        self._fixed = fixed
        self.current: Model | None = None
        self._key: tuple | None = None
        self._lock = threading.Lock()

    def load(
        self, name: str, sampling: Sampling, progress: Callable[[float], None] | None = None
    ) -> Model:
        """The model called `name` (see models.resolve), loaded now unless it is already.

        Raises ProofreadError when there is no such model or it can't be loaded.
        """
        if self._fixed is not None:
            self.current = self._fixed
            return self._fixed
        entry = resolve(name)
        context = sampling.context or entry.context
        key = (entry, entry.adapter_path, context)
        with self._lock:
            if self.current is None or key != self._key:
                self.free()
                self.current = load(replace(entry, context=context), progress)
                self._key = key
            return self.current

    def free(self) -> None:
        """Give the model's memory back."""
        if self.current is not None and isinstance(self.current.engine, LlamaEngine):
            self.current.engine.close()
        self.current = self._key = None


def load(entry: ModelEntry, progress: Callable[[float], None] | None = None) -> Model:
    """The model of an entry. Raises ProofreadError when it can't be had or loaded."""
    if entry.url:
        engine = RemoteEngine(entry.url, entry.file)
        info = ModelInfo(engine.name, None, None, None, None, entry.prompt, _version(entry.prompt))
        return Model(entry, engine, entry.prompt, info)
    path, adapter, prompt = locate(entry, progress), entry.adapter_path, entry.prompt
    if entry.adapter and adapter is None:
        prompt = "instruct"  # a base that was never tuned does not know the short form
    if entry.adapter:
        path = merged(path, adapter, entry.quantisation, progress)
    engine = LlamaEngine(path, entry.context, chat_template=entry.chat_template)
    info = ModelInfo(
        name=entry.title or path.stem,
        file=path.name,
        sha256=_digest(path, path.stat().st_mtime_ns),
        adapter=adapter.name if adapter else None,
        quantisation=engine.quantisation,
        prompt_name=prompt,
        prompt_version=_version(prompt),
    )
    return Model(entry, engine, prompt, info)


@cache
def _digest(path: Path, changed: int) -> str:
    return sha256(path)


def _version(prompt: str) -> int:
    return render(prompt, goal="", sentiment="", politeness="", text="").version


class Loading(threading.Thread):
    """Loads in the background, so that the page can show how far it is.

    After `join`, either `model` or `error` is set.
    """

    def __init__(self, loader: Loader, name: str, sampling: Sampling) -> None:
        super().__init__(daemon=True)
        self.model: Model | None = None
        self.error: ProofreadError | None = None
        self.progress = 0.0
        self._loader, self._name, self._sampling = loader, name, sampling

    def run(self) -> None:
        try:
            self.model = self._loader.load(self._name, self._sampling, self._report)
        except ProofreadError as error:
            self.error = error

    def _report(self, share: float) -> None:
        self.progress = share
