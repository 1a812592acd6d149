"""Score the sentiment and politeness of texts, on a plain CPU, in milliseconds.

    from classifiers.tone import ToneScorer, aggregate, politeness_word
    tones = ToneScorer().score(["Thanks so much!", "Answer me."])   # one Tone for each text
    whole = aggregate(tones)                                        # one Tone for the email
    politeness_word(whole.politeness)                               # ("🙂", "polite")

The weights lie in classifiers/weights/ (int8 ONNX) and are made by `python -m classifiers.train`.
"""

import json
import math
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol

from classifiers.fold import fold

WEIGHTS = Path(__file__).with_name("weights")
MAX_TOKENS = 128  # a longer text is judged by its beginning; sentences are far shorter


@dataclass(frozen=True)
class Tone:
    """How a text sounds: sentiment -1 negative .. +1 positive, politeness -1 rude .. +1 polite."""

    sentiment: float
    politeness: float

    def __sub__(self, other: "Tone") -> "Tone":
        return Tone(self.sentiment - other.sentiment, self.politeness - other.politeness)


class Scorer(Protocol):
    """Anything that gives texts a Tone each: ToneScorer, or a user's own models (hub.py)."""

    def score(self, texts: Sequence[str]) -> list[Tone]: ...


class ToneScorer:
    """Scores texts with the shipped weights, which it loads on first use (about 0.2 s)."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        self.weights = weights

    def score(self, texts: Sequence[str]) -> list[Tone]:
        """One Tone for each text, in their order; a text without a letter or digit is (0, 0)."""
        import numpy as np

        if not texts:
            return []
        logits, polite = self.logits(texts)
        scaled = np.exp(
            (logits - logits.max(-1, keepdims=True)) / settings(self.weights)["temperature"]
        )
        odds = scaled / scaled.sum(-1, keepdims=True)
        worded = [any(map(str.isalnum, text)) for text in texts]
        feeling = np.where(worded, odds[:, 2] - odds[:, 0], 0.0).tolist()
        manners = np.where(worded, np.tanh(polite), 0.0).tolist()
        return [Tone(*pair) for pair in zip(feeling, manners, strict=True)]

    def email(self, sentences: Sequence[str]) -> Tone:
        """The Tone of a whole email; `aggregate` does the same for sentences already scored."""
        return aggregate(self.score(sentences))

    def logits(self, texts: Sequence[str]):
        """What the heads say before scaling: sentiment (texts, 3) and politeness (texts,).

        Texts run one by one: int8 activations are scaled by their whole batch, so neighbours
        would move a score by 0.02 on average. Each runs on one thread, as many as there are
        processors side by side: a sentence is too short to share among threads.
        """
        import numpy as np

        logits = np.zeros((len(texts), 3), np.float32)
        polite = np.zeros(len(texts), np.float32)
        # a lone surrogate is no text to the tokenizer
        plain = [fold(text).encode("utf-8", "replace").decode("utf-8") for text in texts]
        codes = self._tokenizer.encode_batch_fast(plain)
        rows = self._pool.map(self._run, codes) if len(codes) > 1 else map(self._run, codes)
        for number, (feeling, manners) in enumerate(rows):
            logits[number], polite[number] = feeling[0], manners[0]
        return logits, polite

    def _run(self, code):
        import numpy as np

        ids = np.array([code.ids], np.int64)
        return self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        self._session  # noqa: B018 (loaded before threads ask for it)
        return ThreadPoolExecutor(usable_cpus(), thread_name_prefix="tone")

    @cached_property
    def _session(self):
        from onnxruntime import InferenceSession, SessionOptions

        options = SessionOptions()
        options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # the arena keeps the largest batch's memory for good
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return InferenceSession(
            str(self._file("tone.onnx")), options, providers=["CPUExecutionProvider"]
        )

    @cached_property
    def _tokenizer(self):
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._file("tokenizer.json")))
        tokenizer.enable_truncation(MAX_TOKENS)
        return tokenizer

    def _file(self, name: str) -> Path:
        path = self.weights / name
        if not path.exists():
            raise ValueError(f"No {name} in {self.weights}. Make it: python -m classifiers.train")
        return path


def aggregate(tones: Sequence[Tone], weights: Mapping[str, float] | None = None) -> Tone:
    """The Tone of a text from those of its sentences; `weights` stands in for the shipped ones.

    One rude sentence makes a rude email, and greetings say little: a sentence counts by the
    square of its score, more so below zero, plus `plain` for every sentence alike.
    """
    if not tones:
        return Tone(0.0, 0.0)
    chosen = weights or settings()["email"]
    feeling = _blend([tone.sentiment for tone in tones], chosen["plain"], chosen["negative"])
    manners = _blend([tone.politeness for tone in tones], chosen["plain"], chosen["rude"])
    return Tone(feeling, manners)


def _blend(scores: list[float], plain: float, below: float) -> float:
    loud = [plain + score * score * (below if score < 0 else 1.0) for score in scores]
    return math.fsum(part * score for part, score in zip(loud, scores, strict=True)) / sum(loud)


def sentiment_word(score: float) -> tuple[str, str]:
    """The emoji and the word for a sentiment score, by thresholds set on written emails."""
    return _word(score, "sentiment_words")


def politeness_word(score: float) -> tuple[str, str]:
    """The emoji and the word for a politeness score, by thresholds set on written emails."""
    return _word(score, "politeness_words")


def _word(score: float, kind: str) -> tuple[str, str]:
    bands = settings()[kind]
    band = next((band for band in bands if score < band["below"]), bands[-1])
    return band["emoji"], band["word"]


@lru_cache(maxsize=4)
def settings(weights: Path = WEIGHTS) -> dict:
    """What was set on data beside the weights: temperature, thresholds, the email's weights."""
    return json.loads((weights / "calibration.json").read_text("utf-8"))


@lru_cache(maxsize=1)
def usable_cpus() -> int:
    """Processors this process may use: its affinity, less where a cgroup grants a smaller share."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, math.ceil(min(allowed or 1, _cgroup_cpus())))


def _cgroup_cpus() -> float:
    quota, period = (_first_line("/sys/fs/cgroup/cpu.max") or "max 1").split()
    if quota == "max":
        quota = _first_line("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") or "-1"
        period = _first_line("/sys/fs/cgroup/cpu/cpu.cfs_period_us") or "1"
    return int(quota) / int(period) if int(quota) > 0 else math.inf


def _first_line(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
