"""The guards over what a sentence says: negation, opposites, who is spoken of.

Each takes a Case and returns what the edit would harm, or None.
"""

import re

from proofreader.confusions import confused
from proofreader.facts import Case, plain_words
from proofreader.inflection import PERSONS, is_word
from proofreader.names import repairs

NEGATIONS = frozenset(
    "not no never none nobody nothing nowhere neither nor without cannot cant dont wont didnt"
    " doesnt isnt arent wasnt werent havent hasnt hadnt couldnt wouldnt shouldnt aint".split()
)

DOUBLED = {
    "nothing": "anything", "nobody": "anybody", "none": "any", "no": "any", "never": "ever",
    "neither": "either", "nowhere": "anywhere", "nor": "or",
}  # fmt: skip

OPPOSITES = [
    {"before", "after"}, {"above", "below"}, {"over", "under"}, {"more", "less"}, {"up", "down"},
    {"inside", "outside"}, {"most", "least"}, {"next", "last"}, {"buy", "sell"}, {"all", "some"},
    {"minimum", "maximum"}, {"always", "never"}, {"can", "must"}, {"may", "must"},
    {"increase", "decrease"}, {"accept", "reject"}, {"in", "out"}, {"on", "off"}, {"and", "or"},
    {"must", "should"}, {"must", "might"}, {"will", "might"}, {"will", "may"}, {"lend", "borrow"},
]  # fmt: skip

NEGATIVE_PREFIX = re.compile(r"^(?:un|in|im|il|ir|dis|non|mis)-?")


def negation(case: Case) -> str | None:
    pair = case.single
    if pair and (flip := _flipped(*pair)):
        return flip
    old, new = (sum(map(_negative, words)) for words in case.words)
    if old == new or (pair and (repairs(*pair) or _sounds(case, *pair))):
        return None
    if (old > new and _double(case)) or (old < new and _spaced(case)):
        return None
    return f'negation: "{case.edit.before.strip() or case.edit.after.strip()}"'


def _negative(word: str) -> bool:
    return word in NEGATIONS or word.endswith("n't")


def _sounds(case: Case, old: str, new: str) -> bool:
    """I no -> I know, let us no -> let us know."""
    left = plain_words(case.text[max(0, case.at - 20) : case.at])[-1:]
    subjects = {"i", "you", "we", "they", "don't", "not", "to", "didn't", "dont", "will", "please"}
    subjects |= {"us", "me", "him", "her", "them", "would", "should", "must", "could"}
    return (old, new) == ("no", "know") and bool({*left} & subjects)


def _spaced(case: Case) -> bool:
    """with out -> without, noone -> no one: only the space was wrong."""
    old, new = ("".join(words) for words in case.words)
    return old == new


def _double(case: Case) -> bool:
    """don't ... nothing -> don't ... anything: one negation goes, another stays."""
    old, new = case.words
    swapped = len(old) == len(new) and all(
        one == two or DOUBLED.get(one) == two for one, two in zip(old, new, strict=True)
    )
    start = max(case.text.rfind(mark, 0, case.edit.start) for mark in ".!?\n") + 1
    return swapped and any(map(_negative, plain_words(case.text[start : case.edit.start])))


def _flipped(old: str, new: str) -> str | None:
    """possible -> impossible, careful -> careless."""
    for one, two in ((old, new), (new, old)):
        bare = NEGATIVE_PREFIX.sub("", one)
        if bare != one and bare == two and len(two) > 3 and is_word(two):
            return f'negation: "{old}" -> "{new}"'
        if one.endswith("less") and two.endswith("ful") and one[:-4] == two[:-3]:
            return f'negation: "{old}" -> "{new}"'
    return None


def opposites(case: Case) -> str | None:
    old, new = ({*words} for words in case.words)
    lost, added = old - new, new - old
    for pair in OPPOSITES:
        if len(pair & lost) == len(pair & added) == 1 and not confused(
            *(pair & lost), *(pair & added)
        ):
            return f'meaning: "{next(iter(pair & lost))}" -> "{next(iter(pair & added))}"'
    return None


def persons(case: Case) -> str | None:
    """I, you, he, she, we: who is spoken of stays. It and they may replace each other."""
    old, new = case.words
    lost, added = ({*one} - {*two} for one, two in ((old, new), (new, old)))
    rows_lost = {n for n, row in enumerate(PERSONS) if row & lost}
    rows_added = {n for n, row in enumerate(PERSONS) if row & added}
    moved = (rows_lost - rows_added) and (rows_added - rows_lost)
    if not moved or rows_lost ^ rows_added == {4, 6}:
        return None
    return f'person: "{case.edit.before.strip()}" -> "{case.edit.after.strip()}"'
