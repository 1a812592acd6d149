"""English inflection by rule and by list, both ways: forms of a word, and the word of a form.

past("stop")         # "stopped"
THIRD["goes"]        # "go"
"""

from training.mistake_words import IRREGULAR, NOUNS, REGULAR

VOWELS = "aeiou"


def with_s(word: str) -> str:
    """Third person or plural: carries, boxes."""
    if word.endswith(("s", "sh", "ch", "x", "z", "o")):
        return word + "es"
    if word.endswith("y") and word[-2] not in VOWELS:
        return word[:-1] + "ies"
    return word + "s"


def _double(word: str) -> str:
    short = word in ("stop", "plan", "drop", "occur", "prefer", "refer", "scan", "submit", "get",
                     "run", "sit", "cut", "put", "begin", "forget", "win", "swim")  # fmt: skip
    return word + word[-1] if short else word


def past(word: str) -> str:
    """The regular past: carried, stopped."""
    if word.endswith("e"):
        return word + "d"
    if word.endswith("y") and word[-2] not in VOWELS:
        return word[:-1] + "ied"
    return _double(word) + "ed"


def ing(word: str) -> str:
    """The form in -ing: making, stopping."""
    if word.endswith("ie"):
        return word[:-2] + "ying"
    if word.endswith("e") and not word.endswith("ee") and word != "be":
        return word[:-1] + "ing"
    return _double(word) + "ing"


BASES = (REGULAR | set(IRREGULAR)) - {"be"}
THIRD = {with_s(base): base for base in BASES} | {"has": "have", "goes": "go", "does": "do"}
ING = {ing(base): base for base in BASES}
PAST = {past(base): base for base in REGULAR} | {
    past: base for base, (past, _) in IRREGULAR.items() if base != "be"
}
PARTICIPLE = {past(base): base for base in REGULAR} | {
    participle: base for base, (_, participle) in IRREGULAR.items() if base != "be"
}
NOUN_PLURALS = {with_s(noun): noun for noun in NOUNS}
