"""The word lists in training/words/, which were written for this project, as tables.

    from training.mistake_words import CONFUSED     # {"their": ("there", "they're"), ...}

Tables map right forms to wrong ones.
"""

from pathlib import Path

FOLDER = Path(__file__).with_name("words")


def _lines(name: str) -> list[str]:
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _table(name: str) -> dict[str, tuple[str, ...]]:
    """{"right": ("wrong", ...)} from lines "right > wrong | wrong"."""
    rows = (line.split(" > ") for line in _lines(name))
    return {right: tuple(wrong.split(" | ")) for right, wrong in rows}


def _lists() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in _lines("lists"):
        if line.startswith("["):
            words = found.setdefault(line.strip("[]"), [])
        else:
            words += line.split()
    return found


def _map(pairs: list[str]) -> dict[str, str]:
    return dict(pair.split(":") for pair in pairs)


CONFUSED = _table("confused")
MISSPELT = _table("misspelt")
JOINED = _table("joined")
PHRASES = _table("phrases")
SHORT_FORMS = _table("short_forms")
PREPOSITIONS = _table("prepositions")
IRREGULAR = {
    base: (past, participle)
    for base, past, participle in (line.split() for line in _lines("irregular"))
}
LISTS = {name: frozenset(words) for name, words in _lists().items()}
NAMES = sorted(LISTS["names"])
REGULAR = LISTS["regular_verbs"]
NOUNS = LISTS["nouns"]
HARD_CONFUSED = {word: CONFUSED[word] for word in sorted(LISTS["hard"])}
UNCOUNTABLE = _map(sorted(LISTS["uncountable"]))
COMPARATIVE = _map(sorted(LISTS["comparative"]))
SUPERLATIVE = {
    word[:-1] + "st": plain
    for word, plain in COMPARATIVE.items()
    if word not in ("better", "worse")
} | {"best": "good", "worst": "bad"}
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
NEIGHBOUR_KEYS = {
    row[place]: row[max(0, place - 1) : place] + row[place + 1 : place + 2]
    for row in KEYBOARD
    for place in range(len(row))
}
