"""What differs between two texts, as the smallest changes that each read right alone.

    changes("I go store", "I go to the store")    # one: "to the " put in at 5

Line breaks, runs of white space and the style of quotation marks stay as the original has them.
"""

import itertools
from dataclasses import dataclass

from proofreader.alignment import Step, Token, steps, tokens
from proofreader.inflection import AUXILIARIES, shared_lemma

PLAIN = " "
QUOTES = str.maketrans("\u2019\u2018\u201b\u201c\u201d\u201e\u2013", "'''\"\"\"-")
HELPERS = AUXILIARIES | {"to", "not", "more", "most", "don't", "didn't", "doesn't"}
FAR = 4  # words that a moved word may pass
ENDS = frozenset(".!?;:,")


@dataclass(frozen=True)
class Change:
    """original[start:end] becomes after: the words old[first:last] become the words `new`."""

    start: int
    end: int
    after: str
    first: int
    last: int
    before: tuple[str, ...]
    new: tuple[str, ...]

    @property
    def pure(self) -> bool:
        """Whether words are only put in or only taken out."""
        return bool(self.before) != bool(self.new)

    @property
    def recased(self) -> bool:
        """Whether capitals are all that differs."""
        return self.before != self.new and _fold(self.before) == _fold(self.new)

    @property
    def marks(self) -> bool:
        """Whether no letter or digit is concerned."""
        return not any(any(map(str.isalnum, word)) for word in self.before + self.new)


def _fold(words: tuple[str, ...]) -> list[str]:
    return [word.lower() for word in words]


def _gaps(text: str, words: list[Token]) -> list[str]:
    """White space before, between and after the words; the ends count as empty."""
    between = [text[a.end : b.start] for a, b in itertools.pairwise(words)]
    return ["", *between, ""] if words else [""]


def _breaks(gap: str) -> bool:
    return "\n" in gap or "\r" in gap


def _after(space: str, more: str) -> str:
    """Both, kept apart where a lone return and a newline would become one line break."""
    return space + (PLAIN if space.endswith("\r") and more.startswith("\n") else "") + more


def respace(old_gaps: list[str], new_words: list[str], new_gaps: list[str]) -> str:
    """`new_words` between `new_gaps` (one more than words), with every line break of `old_gaps`
    kept at about the same place, and other unusual white space where there is room for it."""
    gaps = [PLAIN if gap else "" for gap in new_gaps]
    if not new_words:
        broken = ""
        for gap in filter(_breaks, old_gaps):
            broken = _after(broken, gap)
        odd = next((gap for gap in old_gaps if gap not in ("", PLAIN)), PLAIN)
        return broken or (odd if gaps[0] else "")
    last = len(old_gaps) - 1
    for index, gap in enumerate(old_gaps):
        if gap in ("", PLAIN):
            continue
        place = round(index * (len(gaps) - 1) / last) if last else 0
        room = [n for n, free in enumerate(gaps) if free == PLAIN]
        if room:
            gaps[min(room, key=lambda n, place=place: (abs(n - place), n))] = gap
        elif _breaks(gap):
            gaps[place] = _after(gaps[place], gap)
    return gaps[0] + "".join(word + gap for word, gap in zip(new_words, gaps[1:], strict=True))


class _Weaver:
    """Walks both texts step by step and collects the changes."""

    def __init__(self, original: str, revised: str) -> None:
        self.original = original
        self.old, self.new = tokens(original), tokens(revised)
        self.old_gaps, self.new_gaps = _gaps(original, self.old), _gaps(revised, self.new)
        self.found: list[Change] = []
        self.i = self.j = 0  # behind the last pair of words

    def walk(self, path: list[Step]) -> list[Change]:
        i = j = 0
        for left, right in path:
            if left and right:
                self.between(i, j)
                self.pair(i, i + left, j, j + right)
            i, j = i + left, j + right
        self.between(i, j)
        return self.found

    def pair(self, i: int, i_end: int, j: int, j_end: int) -> None:
        inner = ["", *self.old_gaps[i + 1 : i_end], ""]
        words = [word.text for word in self.new[j:j_end]]
        after = respace(inner, words, ["", *self.new_gaps[j + 1 : j_end], ""])
        if not i and _breaks(after[:1]):  # no empty line at the top
            after = after.lstrip("\r\n") + after[: len(after) - len(after.lstrip("\r\n"))]
        self.add(self.old[i].start, self.old[i_end - 1].end, after, (i, i_end), (j, j_end))
        self.i, self.j = i_end, j_end

    def between(self, i: int, j: int) -> None:
        """What stands between the last pair and the next one, white space included."""
        at_start, at_end = self.i == 0, i == len(self.old)
        words = [word.text for word in self.new[self.j : j]]
        old_gaps = self.old_gaps[self.i : i + 1]
        new_gaps = self.new_gaps[self.j : j + 1]
        if not words and i == self.i and old_gaps[0] and (new_gaps[0] or _breaks(old_gaps[0])):
            return
        start = (self.old[0].start if self.old else 0) if at_start else self.old[self.i - 1].end
        end = self.old[i].start if not at_end else (self.old[-1].end if self.old else 0)
        if not self.old:
            start = end = len(self.original)
        self.add(start, end, respace(old_gaps, words, new_gaps), (self.i, i), (self.j, j))

    def add(self, start: int, end: int, after: str, old: Step, new: Step) -> None:
        before = self.original[start:end]
        if before.translate(QUOTES) == after.translate(QUOTES):
            return
        while before and after and before[0] == after[0] and before[0].isspace():
            before, after, start = before[1:], after[1:], start + 1
        while before and after and before[-1] == after[-1] and before[-1].isspace():
            before, after, end = before[:-1], after[:-1], end - 1
        left = tuple(word.text for word in self.old[slice(*old)])
        right = tuple(word.text for word in self.new[slice(*new)])
        self.found.append(Change(start, end, after, *old, left, right))


def _merge(original: str, old: list[Token], group: list[Change]) -> Change:
    """One change that does all of `group`, the text between included."""
    after, before, new, at = "", [], [], group[0].first
    position = group[0].start
    for change in group:
        between = [word.text for word in old[at : change.first]]
        after += original[position : change.start] + change.after
        before += [*between, *change.before]
        new += [*between, *change.new]
        position, at = change.end, change.last
    first, last, start = group[0].first, group[-1].last, group[0].start
    while after[-1:].isspace() and position > start and after[-1] == original[position - 1]:
        after, position = after[:-1], position - 1
    return Change(start, position, after, first, last, tuple(before), tuple(new))


def _belong(one: Change, two: Change) -> bool:
    """Whether a person would name two neighbouring changes as one."""
    if not one.before + one.new or not two.before + two.new:
        return False  # white space alone
    if two.recased:
        return (one.marks or one.pure) and not two.new[0] == "I"
    if one.marks or two.marks or one.recased:
        return one.marks and two.marks
    if one.pure and two.pure:
        return True
    if _swap(one) or _swap(two):
        return one.pure or two.pure or _swap(one) == _swap(two)
    if one.pure or two.pure:
        added, paired = (one, two) if one.pure else (two, one)
        return _helper(added, paired) or _unlike(paired)
    return _unlike(one) and _unlike(two)


def _neighbours(one: Change, two: Change, old: list[Token]) -> bool:
    """Whether the second change goes on where the first ends, and they belong together."""
    if not one.before + one.new + two.before + two.new:  # white space on both sides of a mark
        return two.first - one.last == 1 and not old[one.last].wordy
    return one.last == two.first and _belong(one, two)


def _helper(added: Change, paired: Change) -> bool:
    """has + went -> gone, more + cheap -> cheaper: a form spread over two words."""
    helper = all(word.lower() in HELPERS for word in added.before + added.new)
    thanks = {word.lower() for word in paired.before} == {"thanks"}
    return (helper or thanks) and len(paired.before) == 1 and _same_word(paired)


def _same_word(change: Change) -> bool:
    return len(change.new) == 1 and bool(shared_lemma(change.before[0], change.new[0]))


def _swap(change: Change) -> bool:
    return len(change.new) > 1 and sorted(_fold(change.before)) == sorted(_fold(change.new))


def _unlike(change: Change) -> bool:
    """Whether a word gave way to one of another make (make, throw)."""
    if not (len(change.before) == len(change.new) == 1) or _same_word(change):
        return False
    from proofreader.alignment import cost

    return 1.2 <= cost(change.before[0], change.new[0]) < 2


def _moves(original: str, old: list[Token], found: list[Change]) -> list[Change]:
    """A word taken out here and put in a few words further is one change of order."""
    result: list[Change] = []
    for change in found:
        for back in range(len(result) - 1, max(-1, len(result) - 4), -1):
            other = result[back]
            words = _fold(other.before), _fold(other.new)
            crossed = words == (_fold(change.new), _fold(change.before))
            if crossed and change.pure and not change.marks and change.first - other.last <= FAR:
                change = _merge(original, old, [*result[back:], change])
                del result[back:]
                break
        result.append(change)
    return result


def _widened(change: Change, original: str, old: list[Token]) -> Change:
    """A hyphen or a missing space is named with the words at its sides."""
    sides = change.first - 1, change.last
    hyphen = change.marks and {*change.before, *change.new} & {"-", "/", "'", "\u2019"}
    if not change.before + change.new:
        marks = [side for side in sides if 0 <= side < len(old) and not old[side].wordy]
        sides = (marks[0], marks[0]) if marks else sides
    elif not hyphen or (original[change.start : change.end].strip() and change.after.strip()):
        return change
    if sides[0] < 0 or sides[1] >= len(old):
        return change
    glued = not change.after.startswith(PLAIN) and not change.after.endswith(PLAIN)
    if hyphen and not glued:
        return change
    first, last = min(sides[0], change.first), max(sides[1] + 1, change.last)
    start = min(change.start, old[first].start)
    left = original[start : change.start]
    right = original[change.end : max(change.end, old[last - 1].end)]
    words = [word.text for word in old[first : change.first]]
    tail = [word.text for word in old[change.last : last]]
    return Change(
        start, change.end + len(right), left + change.after + right, first, last,
        (*words, *change.before, *tail), (*words, *change.new, *tail),
    )  # fmt: skip


def changes(original: str, revised: str) -> list[Change]:
    """Sorted changes that never overlap and together turn `original` into `revised`."""
    weaver = _Weaver(original, revised)
    found = weaver.walk(steps(weaver.old, weaver.new))
    found = _moves(original, weaver.old, found)
    groups: list[list[Change]] = []
    for change in found:
        if groups and _neighbours(groups[-1][-1], change, weaver.old):
            groups[-1].append(change)
        else:
            groups.append([change])
    merged = [_merge(original, weaver.old, group) for group in groups]
    wide: list[Change] = []
    for index, change in enumerate(merged):
        wider = _widened(change, original, weaver.old)
        floor = wide[-1].end if wide else 0
        ceiling = merged[index + 1].start if index + 1 < len(merged) else len(original)
        fits = floor <= wider.start and wider.end <= ceiling
        wide.append(wider if fits else change)
    return wide
