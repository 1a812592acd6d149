"""A sentence while mistakes are being made in it: words, the space before each, what is protected.

    draft = Draft("I have an apple.")
    draft.replace(2, 3, "a")
    str(draft)                       # "I have a apple."

Facts are protected from the start: names, numbers, links, addresses, quotations, placeholders.
"""

import re

from training.mistake_words import LISTS

# A trailing full stop or comma is its own token; links and numbers with their inner dots are not.
TOKEN = re.compile(
    r"(\s*)(https?://\S+|\S+@\S+|\$[A-Z]+|[A-Za-z]+(?:['\u2019-][A-Za-z]+)*|[\d.,:/%€$£+-]*\d\w*|.)",
    re.S,
)
QUOTED = re.compile(r'["“][^"“”]*["”]')
LETTERS = re.compile(r"[a-z]+(?:['\u2019-][a-z]+)*", re.I)


FREE, FACT, LOCKED = 0, 1, 2  # a fact may still lose its apostrophe; what is locked, nothing


class Draft:
    """Three lists of equal length; `fixed` says of each word whether a mistake may touch it.

    What is quoted and what was changed already is LOCKED, names and numbers are a FACT.
    """

    def __init__(self, text: str) -> None:
        self.gaps: list[str] = []
        self.words: list[str] = []
        self.fixed: list[int] = []
        quotes = [match.span() for match in QUOTED.finditer(text)]
        start = True
        for match in TOKEN.finditer(text):
            gap, word = match.groups()
            inside = any(low <= match.start(2) < high for low, high in quotes)
            self.gaps.append(gap)
            self.words.append(word)
            self.fixed.append(LOCKED if inside else FACT if _is_fact(word, start) else FREE)
            start = word in ".?!:" or (start and not word[0].isalnum())

    def __str__(self) -> str:
        return "".join(gap + word for gap, word in zip(self.gaps, self.words, strict=True))

    def __len__(self) -> int:
        return len(self.words)

    def lower(self, place: int) -> str:
        """The word in lower case, or "" when out of range or protected."""
        if 0 <= place < len(self.words) and not self.fixed[place]:
            return self.words[place].lower().replace("\u2019", "'")
        return ""

    def at(self, place: int) -> str:
        """The word in lower case, protected or not; "" out of range."""
        return self.words[place].lower() if 0 <= place < len(self.words) else ""

    def lowers(self) -> list[tuple[int, str]]:
        """(place, lower-case word) of every word that may still be changed."""
        return [
            (place, word.lower().replace("\u2019", "'"))
            for place, word in enumerate(self.words)
            if not self.fixed[place] and word[0].isalpha()
        ]

    def replace(self, start: int, end: int, new: str) -> bool:
        """Put `new` for words start..end, keeping a capital at the front. Always True."""
        first = self.words[start]
        if first[:1].isupper() and first != "I" and new[:1].islower():
            new = new[:1].upper() + new[1:]
        elif first == "I" and start and new[:1].isupper() and not new.startswith("I"):
            new = new[:1].lower() + new[1:]
        parts = new.split(" ")
        gap = self.gaps[start]
        self.gaps[start:end] = [gap] + [" "] * (len(parts) - 1)
        self.words[start:end] = parts
        self.fixed[start:end] = [LOCKED] * len(parts)
        return True

    def delete(self, place: int) -> bool:
        """Drop one word; its successor takes over the capital and the space. Always True."""
        word, gap = self.words[place], self.gaps[place]
        del self.words[place], self.gaps[place], self.fixed[place]
        if place < len(self.words):
            if self.words[place][0].isalnum():
                self.gaps[place] = gap
            if word[:1].isupper() and word != "I":
                self.words[place] = self.words[place][:1].upper() + self.words[place][1:]
            self.fixed[place] = LOCKED
        return True

    def insert(self, place: int, word: str) -> bool:
        """Put a word before `place` (never 0), with a space. Always True."""
        self.gaps.insert(place, " ")
        self.words.insert(place, word)
        self.fixed.insert(place, LOCKED)
        return True


def _is_fact(word: str, at_start: bool) -> bool:
    if word in ("I", "a") or word in ".,;!?":
        return False
    if not LETTERS.fullmatch(word):
        return True
    if word[:2] in ("I'", "I\u2019"):
        return False
    if len(word) > 1 and word.isupper():
        return True
    if word[0].isupper():
        return not at_start and word not in LISTS["days"]
    return not word.islower()
