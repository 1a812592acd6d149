"""What no edit may change: names, numbers, dates, links, negation, quotes, the user's own words.

check(edit, email, "errors only").blocked_by      # None, or 'number: "1000"'
check_all(align(email, revised), email)           # all at once, and what they do together
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from rapidfuzz.distance import OSA

from proofreader import moves
from proofreader.alignment import Token, tokens
from proofreader.edits import KINDS, Edit, apply
from proofreader.facts import (
    MONTHS,
    WEEKDAYS,
    Case,
    case_of,
    dates,
    language,
    line_breaks,
    literal_facts,
    own_words,
    quotations,
    spelled_numbers,
    units,
)
from proofreader.inflection import AUXILIARIES, FUNCTION, is_name, is_word
from proofreader.meaning import negation, opposites, persons
from proofreader.names import PLACES, names_of, starts_sentence, stem

REWRITING = frozenset({"word choice", "word order", "tone"})
# Words whose place is a matter of grammar: "what are they for", "he comes always", "enough dark".
PLACED = AUXILIARIES | frozenset(
    "enough always never often usually rarely already also still just ever".split()
)


NOT_ASKED = "goal: "
CERTAIN = 0.85  # from here on one small word may stand in for another; results/LOG.md
ALLOWED = {"errors only": frozenset(KINDS) - REWRITING}  # every other goal allows every kind


def check(
    edit: Edit,
    original: str,
    goal: str = "errors only",
    dictionary: frozenset[str] = frozenset(),
    kinds: frozenset[str] | None = None,
) -> Edit:
    """The edit with its verdict, blocked_by naming what it would harm. `original` is the whole
    email, which the edit's offsets count in; `kinds` None means every kind the goal allows."""
    found = _objection(edit, original, goal, dictionary, kinds)
    if found is None:
        return replace(edit, verdict="kept", blocked_by=None)
    return replace(edit, verdict="blocked", blocked_by=found)


def check_all(
    edits: Sequence[Edit],
    original: str,
    goal: str = "errors only",
    dictionary: frozenset[str] = frozenset(),
    kinds: frozenset[str] | None = None,
) -> list[Edit]:
    """Every edit with its verdict. Neighbours that only together make up or lose a number, link,
    ... ("@" + "bo") are blocked together."""
    checked = [check(edit, original, goal, dictionary, kinds) for edit in edits]
    if goal == "errors only" and kinds is None:
        checked = _with_moves(checked, original, dictionary)
    clusters: list[list[int]] = []
    for index, edit in enumerate(checked):
        if edit.verdict == "blocked":
            continue
        last = checked[clusters[-1][-1]] if clusters else None
        if last and len(original[last.end : edit.start].split()) <= 1:
            clusters[-1].append(index)
        else:
            clusters.append([index])
    for cluster in clusters:
        objection = _together([checked[index] for index in cluster], original, dictionary)
        for index in cluster if objection else ():
            checked[index] = replace(checked[index], verdict="blocked", blocked_by=objection)
    return checked


def _with_moves(edits: list[Edit], original: str, dictionary: frozenset[str]) -> list[Edit]:
    """The edits; rewordings that only move words, and of which the model is sure, become one."""
    able = [
        n
        for n, edit in enumerate(edits)
        if (edit.blocked_by or "").startswith(NOT_ASKED) and edit.confidence >= moves.SURE
    ]
    for group in moves.moves(edits, able):
        between = edits[group[0] : group[-1] + 1]
        harm = [one for n, one in enumerate(between, group[0]) if n not in group and one.blocked_by]
        moved = check(moves.merged(between, original), original, "polish", dictionary)
        if not harm and moved.verdict == "kept":
            edits = [*edits[: group[0]], *[moved] * len(between), *edits[group[-1] + 1 :]]
    return list(dict.fromkeys(edits))


def _together(edits: list[Edit], original: str, dictionary: frozenset[str]) -> str | None:
    start, end = edits[0].start, edits[-1].end
    moved = [replace(edit, start=edit.start - start, end=edit.end - start) for edit in edits]
    before = original[start:end]
    joined = Edit(start, end, before, apply(before, moved), "other", "")
    case = case_of(joined, original, dictionary)
    if len(edits) == 1:
        return None
    return line_breaks(case) or literal_facts(case) or quotations(case)


def _objection(
    edit: Edit,
    original: str,
    goal: str,
    dictionary: frozenset[str],
    kinds: frozenset[str] | None,
) -> str | None:
    case = case_of(edit, original, dictionary)
    for guard in GUARDS:
        objection = guard(case)
        if objection is not None:
            return objection
    asked = edit.kind in ALLOWED.get(goal, KINDS)
    asked = asked or (edit.kind == "word order" and _misplaced(case)) or _small(case)
    if not asked or (kinds is not None and edit.kind not in kinds):
        return f"{NOT_ASKED}{edit.kind} is not asked for"
    if goal == "errors only" and _dots(case):
        return "goal: a matter of style"
    return None


def _misplaced(case: Case) -> bool:
    """Whether a change of order moves a word whose place is a matter of grammar."""
    words = {token.text.lower() for token in tokens(case.edit.before)}
    return bool(words & PLACED) and len(words) <= 5


def _small(case: Case) -> bool:
    """Whether the model is sure of one small word in another's place: more that -> than."""
    words = {*case.single} if case.single else {""}
    return words <= FUNCTION and case.edit.confidence >= CERTAIN


def _dots(case: Case) -> bool:
    """10 am -> 10 a.m.: right both ways."""
    old, new = (re.sub(r"[^\w]", "", text).lower() for text in (case.edit.before, case.edit.after))
    return old == new and case.edit.after.count(".") - case.edit.before.count(".") >= 2


def _name_guard(case: Case) -> str | None:
    """Names stay; none is made up; a capital may be mended but not taken from a name."""
    old = [_moved(token, case.at) for token in tokens(case.old) if token.text[0].isalpha()]
    new = [token for token in tokens(case.new) if token.text[0].isalpha()]
    kept = Counter(stem(token.text) for token in new)
    for token in old:
        plain = stem(token.text)
        if kept[plain] > 0:
            kept[plain] -= 1
            if _lowered(token, new) and not case.names.lowered(token):
                return f'name: "{token.text}"'
        elif _letters(token) in map(_letters, new):  # Priyas turn -> Priya's turn
            continue
        elif case.names.is_one(token) and not _mended(case, token):
            return f'name: "{token.text}"'
    spelt = {*map(_letters, old)}
    other = [token for token in new if _letters(token) not in spelt]
    return _invented(case, {stem(token.text) for token in old}, other) or _own_term(case)


def _letters(token: Token) -> str:
    return re.sub("['\u2019]", "", token.text)


def _moved(token: Token, by: int) -> Token:
    return Token(token.text, token.start + by, token.end + by)


def _lowered(token: Token, new: list[Token]) -> bool:
    """Whether a capital inside or at the front is gone."""
    twins = [other.text for other in new if stem(other.text) == stem(token.text)]
    capitals = sum(map(str.isupper, token.text))
    return all(sum(map(str.isupper, twin)) < capitals for twin in twins)


def _mended(case: Case, token: Token) -> bool:
    """Wensday -> Wednesday, germny -> Germany; the date guard sees to doubtful ones."""
    pair = case.single
    if pair is None or (
        stem(token.text) in case.names.known and starts_sentence(case.text, token.start)
    ):
        return False
    days = {*WEEKDAYS, *MONTHS}
    close = OSA.normalized_similarity(stem(pair[0]), stem(pair[1])) >= 0.7
    return close and stem(pair[1]) in days | PLACES and not is_word(pair[0])


def _invented(case: Case, old: set[str], new: list[Token]) -> str | None:
    for token in new:
        plain = stem(token.text)
        if plain in old or plain in ("i", "i'm", "i'll", "i've", "i'd"):
            continue
        after = case.text[: case.at] + case.new
        first = starts_sentence(after, case.at + token.start)
        capital = token.text[0].isupper() and not first and not token.text.isupper()
        made = names_of(token.text).is_one(token) if first else capital
        if (made and not is_word(plain)) or ((capital or made) and is_name(plain)):
            if not (case.single and stem(case.single[1]) in PLACES | {*WEEKDAYS, *MONTHS}):
                return f'name: "{token.text}"'
    return None


def _each(case: Case) -> str | None:
    """ "every one of you" is right in two words."""
    old, new = case.words
    rest = case.text[case.at + len(case.old) :].lstrip()
    if new in (["everyone"], ["anyone"]) and len(old) == 2 and rest.startswith("of "):
        return f'word: "{" ".join(old)} of"'
    return None


def _own_term(case: Case) -> str | None:
    pair = case.single
    if pair and pair[0] != pair[1] and stem(pair[0]) != stem(pair[1]):
        word = next((t.text for t in tokens(case.old) if t.wordy), "")
        if case.names.is_term(word, pair[1]):
            return f'term used more than once: "{word}"'
    return None


GUARDS: tuple[Callable[[Case], str | None], ...] = (
    line_breaks, literal_facts, quotations, own_words, dates, spelled_numbers, units, negation,
    opposites, persons, language, _each, _name_guard,
)  # fmt: skip
