"""Tell a revision of a text from something else a language model may answer with.

similar_enough("can you send it", "Sure! Here it is: ...")    # "it starts with a preamble"
"""

import re
from collections import Counter
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from proofreader.alignment import steps, tokens
from proofreader.inflection import FUNCTION, is_word, shared_lemma


@dataclass(frozen=True)
class Limits:
    """How far a revision may go. Shares are of content words, runs are words in a row."""

    kept: float  # least share of the source's content words that come back
    known: float  # least share of the revision's content words that come from the source
    added_run: int
    dropped_run: int
    longest: float  # times the words of the source, plus `slack`
    shortest: float
    slack: int = 3


STRICT = Limits(0.45, 0.5, 6, 6, 1.4, 0.6)
FREE = Limits(0.3, 0.3, 14, 14, 2.0, 0.4, 8)
CONCISE = Limits(0.25, 0.4, 8, 25, 1.4, 0.2)
LIMITS = {
    "errors only": STRICT,
    "polish": Limits(0.4, 0.4, 8, 8, 1.5, 0.5),
    "more concise": CONCISE,
}

PREAMBLE = re.compile(
    r"(sure|certainly|of course|absolutely|okay|ok|no problem|great|happy to help)\b[,!.:]? *"
    r"(here|i can|i will|i'?ll|i'?d|let|the )"
    r"|(here|below)('s| is| are| you go)\b[^.\n]{0,80}"
    r"(correct|revis|edit|proofread|rewrit|version|translat|improv|polish|text|email|summary)"
    r"|(the )?(corrected|revised|edited|proofread|rewritten|improved|polished|final|updated|output"
    r"|answer|response|translation|correction|result|text)( (text|version|sentence|email|is))*\s*:"
    r"|as an? (ai|language model|assistant)|i('ve| have) (corrected|revised|edited|proofread|fixed)"
    r"|(the|this|your) (sentence|text|email|message) (is|looks|seems|appears|contains|has) "
    r"|there (is|are) (no|several|a few|some) (errors?|mistakes?|changes?)|no (changes|corrections)"
    r"|\*\*|```|#+ |<[a-z]+>",
    re.IGNORECASE,
)
REFUSAL = re.compile(
    r"(i'?m |i am )?(very |so )?sorry,? (but )?(i|as)|i (can'?t|cannot|can not|won'?t|am unable|'?m "
    r"unable|do not|don'?t) (to )?(help|assist|do|comply|fulfil|fulfill|provide|edit|have|access"
    r"|proofread|correct|answer|continue|write|create|see)|i apologi[sz]e,? but"
    r"|unfortunately,? i (can'?t|cannot|am)|as an ai",
    re.IGNORECASE,
)
AFTERWORD = re.compile(
    r"(\n|^|[.!?] )\W*(note:|changes( made)?:|explanation|i (have )?(changed|corrected|fixed|made)"
    r"|let me know if you|is there anything else|hope this helps|i hope this|corrections?:)",
    re.IGNORECASE,
)
SPECIAL = re.compile(r"<\|[^|<>\n]{1,40}\|>|</?s>|\[/?INST\]|<<SYS>>|<(start|end)_of_turn>")


def similar_enough(source: str, revised: str, goal: str = "errors only") -> str | None:
    """Why `revised` is no edited form of `source`, or None if it is one. Strictest with
    "errors only"; the tone goals may add and drop more."""
    if revised.strip() == source.strip():
        return None
    limits = LIMITS.get(goal, FREE)
    return _framed(source, revised) or _alien(source, revised) or _measured(source, revised, limits)


def _framed(source: str, revised: str) -> str | None:
    """What a model says around or instead of an edit."""
    if not revised.strip():
        return "it is empty"
    for pattern, reason in (
        (SPECIAL, "it contains a marker of the model's own format"),
        (AFTERWORD, "it comments on itself"),
    ):
        if pattern.search(revised) and not pattern.search(source):
            return reason
    start, begun = revised.strip().lstrip("\"'\u201c "), source.strip().lstrip("\"'\u201c ")
    if PREAMBLE.match(start) and not PREAMBLE.match(begun):
        return "it starts with a preamble"
    if REFUSAL.match(start) and not REFUSAL.match(begun):
        return "it is a refusal"
    return None


def _words(text: str) -> list[str]:
    return [token.text.lower().replace("\u2019", "'") for token in tokens(text) if token.wordy]


def _alien(source: str, revised: str) -> str | None:
    """Another script, another language, all capitals."""
    foreign = [sum(c.isalpha() and c > "ɏ" for c in text) for text in (source, revised)]
    if foreign[1] > foreign[0] + 2:
        return "it is in another script"
    lower = [sum(c.islower() for c in text) for text in (source, revised)]
    if lower[1] * 4 < lower[0] and lower[0] > 3:
        return "it is in capitals"
    have = set(_words(source))
    fresh = [word for word in _words(revised) if word not in have and word.isalpha()]
    strange = [word for word in fresh if not is_word(word)]
    if len(strange) >= 3 and len(strange) * 2 >= len(fresh):
        return "it is in another language"
    return None


def _matched(words: list[str], others: list[str]) -> float:
    """The share of content words that have the same or a near word among `others`."""
    content = [word for word in words if word not in FUNCTION] or words
    pool = Counter(others)
    found = 0.0
    for word in content:
        if pool[word] > 0:
            pool[word] -= 1
            found += 1
        elif any(_near(word, other) for other in others):
            found += 1
    return found / len(content) if content else 1.0


def _near(one: str, other: str) -> bool:
    if OSA.normalized_similarity(one, other) >= 0.6 or shared_lemma(one, other):
        return True
    short, long = sorted((one, other), key=len)
    return len(short) >= 3 and (long.startswith(short) or long.endswith(short))


def _measured(source: str, revised: str, limits: Limits) -> str | None:
    old, new = _words(source), _words(revised)
    if not old:
        return "it adds words to a text without words" if new else None
    if len(new) > limits.longest * len(old) + limits.slack:
        return "it is much longer"
    if len(new) < limits.shortest * len(old) - limits.slack / 2:
        return "it is much shorter"
    if _answered(source, revised):
        return "it answers instead of editing"
    if _repeats(old, new):
        return "it repeats itself"
    added, dropped = _runs(source, revised)
    if added > limits.added_run:
        return "it adds a sentence"
    if dropped > limits.dropped_run:
        return "it drops a sentence"
    room = 1.01 / max(len(old), 1)  # a very short text may lose one word
    if _matched(old, new) + room < limits.kept or _matched(new, old) + room < limits.known:
        return "it says something else"
    return None


def _answered(source: str, revised: str) -> bool:
    if "?" not in source or "?" in revised:
        return False
    replies = re.match(r"\W*(yes|no|sure|of course|the|i|it|we|there)\b", revised, re.IGNORECASE)
    return bool(replies) and _words(source)[:1] != _words(revised)[:1]


def _repeats(old: list[str], new: list[str], size: int = 4) -> bool:
    """Whether a run of words comes more often than in the source."""

    def runs(words: list[str]) -> Counter[tuple[str, ...]]:
        return Counter(tuple(words[n : n + size]) for n in range(len(words) - size + 1))

    before = runs(old)
    return any(times > max(1, before[run]) for run, times in runs(new).items())


def _runs(source: str, revised: str) -> tuple[int, int]:
    """The longest stretch of words only the revision has, and only the source has."""
    old, new = tokens(source), tokens(revised)
    longest, run, i, j = [0, 0], [0, 0], 0, 0
    for left, right in steps(old, new):
        if left and right:
            run = [0, 0]
        else:
            run[0] += sum(token.wordy for token in new[j : j + right])
            run[1] += sum(token.wordy for token in old[i : i + left])
        longest = [max(pair) for pair in zip(longest, run, strict=True)]
        i, j = i + left, j + right
    return longest[0], longest[1]
