"""Write people's names and gendered words in one form, so that who is meant can't move a score.

    fold("Hi Priya, she said that Mrs Okafor will call.")
    # "Hi Alex, he said that Mr Alex will call."

The tone encoder has opinions about names and pronouns, learnt from what it was trained on. Text is
folded before it is scored, never shown so. Names are known by their place (after a greeting or a
title) and by names.txt, given names of many countries that are no common English words.
"""

import re
from functools import cache
from pathlib import Path

from classifiers.augment import OBJECT_NEXT, PRONOUNS

NAME = "Alex"
TITLES = "Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Madam"
GREETED = re.compile(
    r"(?P<before>^\s*(?i:hi|hello|hey|dear|hiya|thanks|thank you|cheers|good (?:morning|afternoon"
    r"|evening))(?: (?:again|so much|very much))?,? +(?:(?:" + TITLES + r")\.? +)?)"
    r"(?P<name>[A-Z][\w'\u2019-]+(?: [A-Z][\w'\u2019-]+)?)(?=[\s]*[,.!:;\n-]|\s*$)"
)
TITLED = re.compile(r"(?P<before>\b(?:" + TITLES + r")\.? +)(?P<name>[A-Z][\w'\u2019-]+)")
NOT_NAMES = frozenset("All Team Everyone Everybody Sir Madam There Folks Guys Colleagues".split())
WORD = re.compile(r"[^\W\d_][\w\u2019']*")
FOLDED = {  # the other half of PRONOUNS, so that a pair has one form
    female: male
    for female, male in PRONOUNS.items()
    if female
    in "she her hers herself mrs ms madam woman girl women wife mother daughter sister".split()
}


@cache
def names() -> frozenset[str]:
    """Given names of many countries, as written in names.txt."""
    path = Path(__file__).with_name("data") / "names.txt"
    lines = path.read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def fold(text: str) -> str:
    """`text` with every known name as "Alex" and gendered words in one form."""
    text = GREETED.sub(_named, text)
    text = TITLED.sub(_named, text)
    return WORD.sub(lambda found: _folded(found, text), text)


def _named(found: re.Match) -> str:
    if found["name"].split()[0] in NOT_NAMES:
        return found[0]
    return found["before"] + NAME


def _folded(found: re.Match, text: str) -> str:
    word = found[0]
    bare, mark, ending = word.replace("\u2019", "'").partition("'")
    if bare in names():
        return NAME + mark + ending
    form = FOLDED.get(bare.lower())
    if form is None:
        return word
    if bare.lower() == "her" and _next(text, found.end()) in OBJECT_NEXT:
        form = "him"
    return (form.capitalize() if bare[0].isupper() else form) + mark + ending


def _next(text: str, place: int) -> str:
    rest = text[place : place + 20].strip().lower()
    return rest.split(" ")[0] if rest and rest[0].isalpha() else rest[:1] or "."
