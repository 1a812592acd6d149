"""Tell a revision of a text from something else a language model may answer with.

similar_enough("can you send it", "Sure! Here it is: ...")    # "it starts with a preamble"
"""

import re
from collections import Counter
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from proofreader.alignment import Token, cost, steps, tokens
from proofreader.inflection import FUNCTION, is_word, shared_lemma


@dataclass(frozen=True)
class Limits:
    """How far a revision may go. Shares are of content words, runs are words in a row."""

    kept: float  # least share of the source's content words that come back
    known: float  # least share of the revision's content words that come from the source
    paired: float  # least share of all words that pair up in order
    added_run: int
    dropped_run: int
    longest: float  # times the words of the source, plus `slack`
    shortest: float
    slack: int = 3
    adds: bool = False  # whether a sentence of its own may come in
    drops: bool = False  # whether a sentence may go


STRICT = Limits(0.45, 0.5, 0.42, 5, 6, 1.4, 0.6)
LIMITS = {
    "errors only": STRICT,
    "polish": Limits(0.4, 0.4, 0.25, 8, 8, 1.5, 0.5),
    "more concise": Limits(0.0, 0.4, 0.05, 8, 25, 1.4, 0.15, drops=True),
}
FREE = Limits(0.3, 0.25, 0.15, 14, 14, 2.0, 0.4, 8, adds=True)

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
    r"(i'?m |i am )?(very |so )?sorry,? (but )?(i|as)|i (can'?t|cannot|can not|won'?t|am unable"
    r"|'?m unable|do not|don'?t) (to )?(help|assist|do|comply|fulfil|fulfill|provide|edit|have"
    r"|access|proofread|correct|answer|continue|write|create|see)|i apologi[sz]e,? but"
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
    label = re.match(r"([^\n:]{2,40}): *\S", start)
    if label and ":" not in begun and _matched(_words(label[1]), _words(begun)) < 0.5:
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
    lower = [sum(map(str.islower, text)) for text in (source, revised)]
    upper = [sum(map(str.isupper, text)) for text in (source, revised)]
    if lower[0] > upper[0] and upper[1] > max(3, 3 * lower[1], 2 * upper[0]):
        return "it is in capitals"
    have = set(_words(source))
    fresh = [word for word in _words(revised) if word not in have and word.isalpha()]
    strange = [word for word in fresh if not is_word(word)]
    if len(strange) >= 3 and len(strange) * 2 >= len(fresh):
        return "it is in another language"
    return None


def _matched(words: list[str], others: list[str]) -> float:
    """The share of content words that have the same or a near word among `others`."""
    content = [word for word in words if word not in FUNCTION]
    content = content if len(content) > 2 else words
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
    pairs = _Pairs.of(source, revised)
    if pairs.added > limits.added_run or (pairs.new_sentence and not limits.adds):
        return "it adds a sentence"
    if pairs.dropped > limits.dropped_run or (pairs.lost_sentence and not limits.drops):
        return "it drops a sentence"
    if len(old) > 4 and pairs.share < limits.paired:
        return "it says something else"
    room = 1.01 / max(len(old), 1)  # a very short text may lose one word
    if _matched(old, new) + room < limits.kept or _matched(new, old) + room < limits.known:
        return "it says something else"
    return None


def _answered(source: str, revised: str) -> bool:
    """Whether a question became a statement that starts in another way."""
    if "?" not in source or "?" in revised:
        return False
    first, second = _words(source)[:1], _words(revised)[:1]
    return second != ["please"] and not (first and second and _near(first[0], second[0]))


def _repeats(old: list[str], new: list[str], size: int = 4) -> bool:
    """Whether a run of words comes more often than in the source."""

    def runs(words: list[str]) -> Counter[tuple[str, ...]]:
        return Counter(tuple(words[n : n + size]) for n in range(len(words) - size + 1))

    before = runs(old)
    return any(times > max(1, before[run]) for run, times in runs(new).items())


@dataclass(frozen=True)
class _Pairs:
    """What a pairing of the words shows: longest runs without a partner, whole sentences without
    one on either side, and the share of words that have one."""

    added: int
    dropped: int
    new_sentence: bool
    lost_sentence: bool
    share: float

    @classmethod
    def of(cls, source: str, revised: str) -> "_Pairs":
        old, new = tokens(source), tokens(revised)
        has_partner = [False] * len(old), [False] * len(new)
        i = j = 0
        for left, right in steps(old, new):
            near = left and right
            if left == right == 1:
                near = cost(old[i].text, new[j].text) < 1.2
            for side, at, many in ((0, i, left), (1, j, right)):
                has_partner[side][at : at + many] = [bool(near)] * many
            i, j = i + left, j + right
        alone = [
            _alone(words, partner) for words, partner in zip((old, new), has_partner, strict=True)
        ]
        total = sum(word.wordy for word in old + new)
        paired = sum(
            partner and word.wordy
            for words, partners in zip((old, new), has_partner, strict=True)
            for word, partner in zip(words, partners, strict=True)
        )
        (dropped, lost), (added, fresh) = alone
        return cls(added, dropped, fresh, lost, paired / total if total else 1.0)


def _alone(words: list[Token], partner: list[bool]) -> tuple[int, bool]:
    """The longest run of words without a partner, and whether a whole sentence has none."""
    longest = run = inside = found = 0
    whole = False
    for word, has in zip(words, partner, strict=True):
        if word.wordy:
            run = 0 if has else run + 1
            longest = max(longest, run)
            inside, found = inside + 1, found + has
        elif word.text[0] in ".!?":
            whole = whole or (inside > 1 and not found)
            inside = found = 0
    return longest, whole
