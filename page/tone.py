"""Tone as HTML: the two meters of the whole email, and the table of its sentences.

meters_html(before=Tone(-0.4, 0.1), after=None)
"""

from collections.abc import Sequence
from html import escape

from classifiers.tone import Tone, politeness_word, sentiment_word
from proofreader.pipeline import Proofread

SCALES = (("sentiment", "negative", "positive"), ("politeness", "rude", "polite"))


def word_for(scale: str, score: float) -> tuple[str, str]:
    """(emoji, word) for a score of -1..1 on "sentiment" or "politeness"."""
    return {"sentiment": sentiment_word, "politeness": politeness_word}[scale](score)


def signed(score: float) -> str:
    """-0.4 with a sign and two decimals, the minus as wide as the plus."""
    return f"{score:+.2f}".replace("-", "\N{MINUS SIGN}")


def meters_html(before: Tone | None, after: Tone | None = None) -> str:
    """Both meters; without scores yet, the same frame with nothing in it."""
    meters = "".join(_meter(scale, *ends, before, after) for scale, *ends in SCALES)
    return f'<div class="meters" role="group" aria-label="Tone of the whole email">{meters}</div>'


def _meter(scale: str, low: str, high: str, before: Tone | None, after: Tone | None) -> str:
    first = None if before is None else getattr(before, scale)
    last = None if after is None else getattr(after, scale)
    return (
        f'<div class="meter {scale}"><p class="reading"><span class="name">{scale.capitalize()}'
        f"</span>{_reading(scale, first, last)}</p>{_track(scale, first, last)}"
        f'<p class="ends" aria-hidden="true"><span>{low}</span><span>{high}</span></p></div>'
    )


def _reading(scale: str, first: float | None, last: float | None) -> str:
    if first is None:
        return '<span class="score empty">&ndash;</span>'
    if last is None:
        return _score(scale, first, "before")
    if abs(last - first) < 0.005:
        return _score(scale, last, "after") + '<span class="same">unchanged</span>'
    arrow = '<span class="arrow" aria-label="becomes">→</span>'
    return _score(scale, first, "before") + arrow + _score(scale, last, "after")


def _score(scale: str, score: float, name: str) -> str:
    emoji, word = word_for(scale, score)
    return (
        f'<span class="score {name}"><span class="emoji" aria-hidden="true">{emoji}</span> '
        f"{escape(word)} <b>{signed(score)}</b></span>"
    )


def _track(scale: str, first: float | None, last: float | None) -> str:
    if first is None:
        return '<div class="track"></div>'
    shown = first if last is None else last
    said = f"before {_spoken(scale, first)}"
    if last is not None:
        said += f", after {_spoken(scale, last)}"
    left, right = sorted((_place(first), _place(shown)))
    after = "" if last is None else f'<i class="dot after" style="left:{_place(last):.1f}%"></i>'
    return (
        f'<div class="track" role="meter" aria-label="{scale}" aria-valuemin="-1" aria-valuemax="1"'
        f' aria-valuenow="{shown:.2f}" aria-valuetext="{escape(said)}">'
        f'<i class="shift" style="left:{left:.1f}%;width:{right - left:.1f}%"></i>'
        f'<i class="dot before" style="left:{_place(first):.1f}%"></i>'
        f"{after}</div>"
    )


def _spoken(scale: str, score: float) -> str:
    return f"{word_for(scale, score)[1]} {signed(score)}"


def _place(score: float) -> float:
    """Where on the track, in percent from its left end."""
    return 50 * (1 + max(-1.0, min(1.0, score)))


def sentences_html(state: Proofread | None, after: Sequence[Tone | None] = ()) -> str:
    """One row per sentence; `after` replaces what the state says, in the order of its sentences."""
    if state is None or not state.sentences:
        return '<p class="hint">Each sentence with its own scores appears here.</p>'
    tones = after or [sentence.after for sentence in state.sentences]
    rows = "".join(
        f'<tr><th scope="row" dir="auto">{escape(state.original[one.start : one.end])}'
        + (f"<small>{escape(one.note)}</small>" if one.note else "")
        + f"</th>{_cell('sentiment', one.before, tone)}{_cell('politeness', one.before, tone)}</tr>"
        for one, tone in zip(state.sentences, tones, strict=True)
    )
    return (
        '<table class="sentences"><thead><tr><th scope="col">Sentence</th>'
        '<th scope="col">Sentiment</th><th scope="col">Politeness</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _cell(scale: str, before: Tone, after: Tone | None) -> str:
    first = getattr(before, scale)
    last = first if after is None else getattr(after, scale)
    emoji, word = word_for(scale, last)
    was = "" if abs(last - first) < 0.005 else f"<s>{signed(first)}</s> "
    name = escape(word)
    return (
        f'<td><span class="emoji" role="img" aria-label="{name}" title="{name}">{emoji}</span> '
        f"{was}<b>{signed(last)}</b></td>"
    )
