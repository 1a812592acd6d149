"""What the page and its API answer, apart from how it looks.

options = options_for("polish", "embedded", ["Thandeka"])
for state in spaced(proofreader.run(text, options, stop)): ...
"""

import os
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

from classifiers.tone import Scorer, Tone, aggregate, politeness_word, sentiment_word
from page.diff import edit_key, kept, sentence_text
from proofreader.asking import Sampling
from proofreader.errors import ProofreadError
from proofreader.models import models
from proofreader.pipeline import GOALS, Options, Proofread

BETWEEN_STATES = 0.08  # seconds; each state is sent whole, and faster ones would not be seen
PER_CHARACTER = 1e-5  # seconds more, so that a very long email does not choke the browser


def on_space() -> bool:
    """Whether strangers use this: a Hugging Face Space."""
    return bool(os.environ.get("SPACE_ID"))


def options_for(
    goal: str, model: str, words: Iterable[str] = (), sampling: Iterable[float] = ()
) -> Options:
    """Raises ProofreadError for an unknown goal and, on a Space, for a model that is not listed.

    `sampling` has the fields of Sampling in their order; context 0 leaves it to the model.
    """
    if goal not in GOALS:
        raise ProofreadError(f"There is no goal “{goal}”. Choose one of: {', '.join(GOALS)}.")
    listed = [entry.name for entry in models()]
    if on_space() and model not in listed:  # a path or an address would reach into the host
        raise ProofreadError(f"“{model}” can't be used here. Choose one of: {', '.join(listed)}.")
    chosen = Sampling(*sampling)
    chosen = replace(chosen, context=chosen.context or None)
    dictionary = frozenset(word.strip() for word in words if word.strip())
    return Options(goal, model, dictionary, sampling=chosen)


def spaced(states: Iterator[Proofread]) -> Iterator[Proofread]:
    """Drops states that come too fast, never the one that starts a phase, so never the last."""
    seen_at, phase = 0.0, ""
    for state in states:
        pause = BETWEEN_STATES + PER_CHARACTER * len(state.original)
        if state.phase != phase or time.monotonic() - seen_at >= pause:
            seen_at, phase = time.monotonic(), state.phase
            yield state


def tone_without(
    state: Proofread, left: Collection[str], scorer: Scorer
) -> tuple[Tone, list[Tone]]:
    """The tone of the email, and of each sentence, without the edits named in `left`."""
    taken = [edit for edit in kept(state) if edit_key(edit) not in left]
    texts = [sentence_text(state.original, one, taken) for one in state.sentences]
    each = scorer.score(texts)
    return aggregate(each), each


def tone_json(state: Proofread) -> dict[str, Any]:
    """The scores of an email before any edit, and of each of its sentences."""
    sentences = [
        {"text": state.original[one.start : one.end], **_scores(one.before)}
        for one in state.sentences
    ]
    return {**_scores(state.before), "words": _words(state.before), "sentences": sentences}


def _scores(tone: Tone) -> dict[str, float]:
    return {"sentiment": tone.sentiment, "politeness": tone.politeness}


def _words(tone: Tone) -> dict[str, str]:
    return {
        "sentiment": " ".join(sentiment_word(tone.sentiment)),
        "politeness": " ".join(politeness_word(tone.politeness)),
    }


def models_json() -> list[dict[str, str]]:
    """Name, title and description of each model on the list."""
    return [
        {"name": entry.name, "title": entry.title, "description": entry.description}
        for entry in models()
    ]


def about(model: str) -> str:
    """What the page says of a model that was picked or typed."""
    texts = {entry.name: entry.description for entry in models()}
    return texts.get(model, "A GGUF file by its path, owner/repo/file.gguf, or a server's address.")


def with_word(words: str, more: str) -> str:
    """The lines of `words` and one more, each once."""
    return "\n".join(dict.fromkeys([*filter(str.strip, words.splitlines()), more]))
