"""Pair the words of two versions of a text, similar words cheaply, as steps through both.

steps(tokens("alot of"), tokens("a lot of"))    # [(1, 2), (1, 1)]
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA, Levenshtein

from proofreader.inflection import (
    ARTICLES,
    AUXILIARIES,
    PREPOSITIONS,
    PRONOUNS,
    is_word,
    shared_lemma,
)

TOKEN = re.compile(
    r"https?://[^\s<>]*[^\s<>.,;:!?)\]]|www\.[^\s<>]*[^\s<>.,;:!?)\]]"  # links
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # addresses
    r"|\{\{[^{}\n]*\}\}"  # placeholders
    r"|(?<![^\s(])[#@]\w[\w-]*"  # hashtags, mentions
    r"|(?<![^\W_])(?:[^\W\d_]\.){2,}"  # a.m., e.g.
    r"|\d++(?:[.,:]\d++)*+(?:st|nd|rd|th)?+(?![^\W\d_])"  # numbers
    r"|[^\W_]+(?:['\u2019][^\W_]+)*|_+"  # words
    r"|\.{2,}|([!?])[!?]*|-{2,}|[^\w\s]"  # punctuation
)
MAX_CELLS = 60_000  # of the alignment table: about 240 words a side, 0.3 s
GAP = 1.0


@dataclass(frozen=True)
class Token:
    """A word, number or mark, at text[start:end]."""

    text: str
    start: int
    end: int

    @property
    def wordy(self) -> bool:
        """Whether it has a letter or digit."""
        return any(map(str.isalnum, self.text))


def tokens(text: str) -> list[Token]:
    """The words, numbers and marks of a text; all else is white space."""
    return [Token(found[0], *found.span()) for found in TOKEN.finditer(text)]


def _fold(word: str) -> str:
    return word.lower().replace("\u2019", "'")


CLASSES = (ARTICLES, PREPOSITIONS, PRONOUNS, AUXILIARIES)


@lru_cache(maxsize=50_000)
def cost(one: str, other: str) -> float:
    """How far one token is from another: 0 the same, below 2 = cheaper than dropping both."""
    if one == other:
        return 0.0
    first, second = _fold(one), _fold(other)
    if first == second:
        return 0.1
    letters = first[0].isalnum(), second[0].isalnum()
    if not all(letters):
        return 0.9 if not any(letters) else 2.5
    if first[0].isdigit() != second[0].isdigit():
        return 1.7
    if any(first in group and second in group for group in CLASSES):
        return 0.8
    if shared_lemma(first, second):
        return 0.45
    close = OSA.normalized_similarity(first, second)
    if close >= 0.5 or (close >= 0.4 and first[0] == second[0]):
        return 0.25 + 1.5 * (1 - close) + (0.15 if is_word(first) else 0)
    return 1.75


def _joined(parts: list[Token], whole: Token) -> float | None:
    """The cost of writing several tokens as one (alot, a lot), None if they do not match."""
    together, one = _fold("".join(part.text for part in parts)), _fold(whole.text)
    together = together.replace("-", "")
    if not any(part.wordy for part in parts) or not whole.wordy:
        return None
    if together == one:
        return 0.3
    plain = one.replace("'", "")
    if together.replace("'", "") == plain or (parts[0].wordy and expanded(one) == together):
        return 0.4
    if len(one) < 5 or len(parts) > 2 or not all(part.wordy for part in parts):
        return None
    if is_word(parts[0].text) and is_word(parts[1].text) and is_word(one):
        return None
    close = OSA.normalized_similarity(together, one)
    return 0.4 + 2 * (1 - close) if close >= 0.8 else None


# Contractions whose apostrophe was left out; "im" and "ill" and such are words of their own.
BARE = {"wont": "won't", "cant": "can't", "thats": "that's", "youre": "you're", "theyre": "they're"}
BARE |= {
    verb + "nt": verb + "n't"
    for verb in "do does did is are was were have has had would could should must need".split()
}


def expanded(word: str) -> str:
    """don't -> donot, I'm -> iam: a contraction written out, without its space."""
    word = BARE.get(word, word)
    for short, full in (("can't", "cannot"), ("won't", "willnot"), ("shan't", "shallnot")):
        if word == short:
            return full
    for short, full in (
        ("n't", "not"), ("'m", "am"), ("'re", "are"), ("'ve", "have"), ("'ll", "will"),
        ("'s", "is"), ("'d", "would"),
    ):  # fmt: skip
        if word.endswith(short):
            return word[: -len(short)] + full
    return word


Step = tuple[int, int]  # how many tokens of each side a step takes


def _pairs(old: list[Token], new: list[Token]) -> list[Step]:
    """The cheapest way through both lists, as steps: (1, 1) pair, (2, 1) join, (0, 1) insert."""
    rows, columns = len(old), len(new)
    table = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    step: list[list[Step]] = [[(0, 0)] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows + 1):
        for j in range(columns + 1):
            if i or j:
                table[i][j], step[i][j] = min(_ways(table, old, new, i, j))
    path, i, j = [], rows, columns
    while i or j:
        back = step[i][j]
        path.append(back)
        i, j = i - back[0], j - back[1]
    return path[::-1]


def _ways(
    table: list[list[float]], old: list[Token], new: list[Token], i: int, j: int
) -> list[tuple[float, Step]]:
    ways = []
    if i:
        ways.append((table[i - 1][j] + GAP, (1, 0)))
    if j:
        ways.append((table[i][j - 1] + GAP, (0, 1)))
    if i and j:
        pair = cost(old[i - 1].text, new[j - 1].text)
        ways.append((table[i - 1][j - 1] + pair, (1, 1)))
        if not pair:
            return ways
        for many in (2, 3):
            if i >= many and (joined := _joined(old[i - many : i], new[j - 1])) is not None:
                ways.append((table[i - many][j - 1] + joined, (many, 1)))
            if j >= many and (joined := _joined(new[j - many : j], old[i - 1])) is not None:
                ways.append((table[i - 1][j - many] + joined, (1, many)))
        if i > 1 and j > 1 and _swapped(old[i - 2 : i], new[j - 2 : j]):
            ways.append((table[i - 2][j - 2] + 0.9, (2, 2)))
    return ways


def _swapped(old: list[Token], new: list[Token]) -> bool:
    return (
        _fold(old[0].text) == _fold(new[1].text)
        and _fold(old[1].text) == _fold(new[0].text)
        and old[0].wordy
        and old[1].wordy
    )


def steps(old: list[Token], new: list[Token]) -> list[Step]:
    """As _pairs, with equal ends cut off first and long texts cut at equal words."""
    head = 0
    while head < min(len(old), len(new)) and old[head].text == new[head].text:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail].text == new[-1 - tail].text:
        tail += 1
    a, b = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(a) * len(b) <= MAX_CELLS:
        middle = _pairs(a, b)
    else:
        middle = _coarse(a, b)
    return [(1, 1)] * head + middle + [(1, 1)] * tail


def _coarse(old: list[Token], new: list[Token]) -> list[Step]:
    """Plain word edit distance, for texts too long for the table."""
    path: list[Step] = []
    for part in Levenshtein.opcodes([t.text for t in old], [t.text for t in new]):
        left, right = part.src_end - part.src_start, part.dest_end - part.dest_start
        if part.tag != "equal" and left * right and left * right <= MAX_CELLS:
            path += _pairs(old[part.src_start : part.src_end], new[part.dest_start : part.dest_end])
        else:
            path += [(1, 1)] * min(left, right)
            path += [(1, 0)] * max(0, left - right) + [(0, 1)] * max(0, right - left)
    return path
