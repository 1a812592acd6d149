"""Which words of an email are names: in a greeting, a signature, or by the way they are written.

Names("Hi jon,\nteh plan is ready. Regards, Priya").known      # frozenset({"jon", "priya"})
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rapidfuzz.distance import OSA

from proofreader.alignment import Token, tokens
from proofreader.inflection import CHAT, DETERMINERS, FUNCTION, frequency, is_name, is_word

GREETING = re.compile(
    r"^[ \t>]*(?:hi|hello|hey|dear|hiya|good (?:morning|afternoon|evening|day))[ ,]+"
    r"([^\n,!.:;?]{1,40})",
    re.IGNORECASE | re.MULTILINE,
)
SIGN_OFF = re.compile(
    r"(?:^|[.!?] +)[ \t]*(?:(?:kind|best|warm|many|with|all the)? ?(?:regards|wishes|thanks|best)"
    r"|thank you|cheers|(?:yours )?(?:sincerely|faithfully|truly)|love|br|thx)[,.!]?\s+"
    r"([^\W\d_][^\n,.!?]{0,40}(?:\n[^\n,.!?]{1,40})?)\s*$",
    re.IGNORECASE | re.MULTILINE,
)
ADDRESSED = frozenset(
    "all team everyone everybody sir madam sirs there folks guys colleagues friends friend again"
    " mr mrs ms miss dr prof professor support customer hiring manager committee both and or to the"
    " whom it may concern my dear good morning ladies gentlemen of a member members".split()
)
ALSO_NAMES = frozenset(
    "mark will rose grace bill may june april august hope joy faith jack frank art rob sue pat"
    " drew chase dean grant miles victor ray gene earl max jean dawn penny ruby amber summer ivy"
    " violet crystal rich nick josh guy gay don don's lance chip rusty sandy wade carol eve robin"
    " iris lily daisy heather hazel olive cliff glen rocky buddy target shell apple oracle amazon"
    " stripe slack zoom teams word excel office outlook meta gap square visa chase ford".split()
)
PLACES = frozenset(
    "england english france french germany german spain spanish italy italian europe european china"
    " chinese japan japanese india indian america american britain british canada canadian"
    " australia australian africa african asia asian russia russian brazil brazilian mexico mexican"
    " portugal portuguese poland polish sweden swedish norway norwegian denmark danish turkey"
    " turkish greece greek ireland irish scotland scottish switzerland swiss austria austrian"
    " netherlands dutch belgium belgian korea korean vietnam vietnamese thailand thai indonesia"
    " egypt nigeria kenya arabic christmas easter internet london paris google microsoft".split()
)
# Words that people shout; in capitals they are no acronyms.
SHOUTED = frozenset(
    "now never always not stop must please today immediately again very every still really ever"
    " once anything nothing everything why what when how your you need want nobody everybody"
    " everyone yesterday tomorrow will have been this that these those and but too much many more"
    " enough urgent important finally any our their twice already before until late wrong".split()
)
LETTERS = str.maketrans("", "", "'\u2019")


def stem(word: str) -> str:
    """Lower case, straight apostrophe, without a possessive ending."""
    word = word.lower().replace("\u2019", "'")
    return word[:-2] if word.endswith("'s") else word.rstrip("'")


def repairs(before: str, after: str) -> bool:
    """Whether `after` is a real word and `before` a plain misspelling of it, not a name."""
    old, new = stem(before), stem(after)
    if CHAT.get(old) == new:
        return True
    if is_word(old) or is_name(old) or not (is_word(new) or is_name(new)):
        return False
    away = OSA.distance(old, new)
    if len(old) <= 3:
        return sorted(old) == sorted(new) or (away == 1 and frequency(new) > 5000)
    if len(old) == 4:
        return away == 1 and frequency(new) > 200
    return away == 1 or away / max(len(old), len(new)) <= 0.3


@dataclass(frozen=True)
class Names:
    """The names of one email."""

    text: str

    @cached_property
    def known(self) -> frozenset[str]:
        """Names in greetings, signatures, and unknown words with a capital in mid-sentence."""
        found = {stem(word) for word in self._addressed() | self._signed()}
        for token in self.tokens:
            word = token.text
            if word[0].isupper() and not starts_sentence(self.text, token.start):
                if self._shouted(token.start):
                    continue
                if not is_word(word) or is_name(stem(word)):
                    found.add(stem(word))
        return frozenset(found)

    @cached_property
    def tokens(self) -> list[Token]:
        """The words of the email."""
        return [token for token in tokens(self.text) if token.text[0].isalpha()]

    @cached_property
    def uses(self) -> dict[str, int]:
        """How often the email has each word."""
        counts: dict[str, int] = {}
        for token in self.tokens:
            counts[stem(token.text)] = counts.get(stem(token.text), 0) + 1
        return counts

    def _addressed(self) -> set[str]:
        words = {w for found in GREETING.finditer(self.text) for w in re.findall(r"\w+", found[1])}
        return {word for word in words if word.lower() not in ADDRESSED | FUNCTION}

    def _signed(self) -> set[str]:
        words = {w for found in SIGN_OFF.finditer(self.text) for w in re.findall(r"\w+", found[1])}
        return {word for word in words if word[0].isupper() and word.lower() not in FUNCTION}

    def is_one(self, token: Token) -> bool:
        """Whether the word at this place of the email is (part of) a name or an acronym."""
        word, plain = token.text, stem(token.text)
        if plain in ("i", "i'm", "i'll", "i've", "i'd", "im", "ive") or not word[0].isalpha():
            return False
        if word.isupper() and plain in SHOUTED and plain not in self.known:
            return False
        if plain in self.known or (is_name(plain) and plain not in FUNCTION):
            return True
        if re.search(r"[a-z][A-Z]|[A-Z]{2}[A-Z]*s?$", word) and not self._shouted(token.start):
            return True
        if self._shouted(token.start):
            return False
        if not word[0].isupper() or starts_sentence(self.text, token.start):
            return False
        return not is_word(word) or plain in ALSO_NAMES

    def _shouted(self, position: int) -> bool:
        """Whether the line is in capitals, so that capitals mean nothing."""
        start = self.text.rfind("\n", 0, position) + 1
        end = self.text.find("\n", position)
        words = re.findall(r"[^\W\d_]{2,}", self.text[start : end if end >= 0 else None])
        return len(words) > 2 and sum(word.isupper() for word in words) * 2 > len(words)

    def is_term(self, before: str, after: str) -> bool:
        """Whether an unknown word, used twice and no plain misspelling, is the writer's own."""
        plain = stem(before)
        if self.uses.get(plain, 0) < 2 or is_word(plain) or not plain.isalpha():
            return False
        plainly = repairs(before, after) and frequency(after) >= 100 and before.islower()
        return not plainly

    def lowered(self, token: Token) -> bool:
        """Whether a capital of this word may go: a common word after "the", "our", ..."""
        plain = stem(token.text)
        if token.text.isupper() and plain in SHOUTED:
            return True
        if starts_sentence(self.text, token.start):
            return not self.is_one(token)
        if plain in FUNCTION and plain not in ALSO_NAMES:
            return not (token.text.isupper() and len(plain) > 1) or self._shouted(token.start)
        left = [word.text for word in tokens(self.text[max(0, token.start - 40) : token.start])]
        led = bool(left) and left[-1].lower() in DETERMINERS
        return led and frequency(plain) >= 20 and not self.is_one(token)


@lru_cache(maxsize=64)
def names_of(text: str) -> Names:
    """Names, kept for the emails seen last."""
    return Names(text)


def starts_sentence(text: str, position: int) -> bool:
    """Whether a sentence, list item or line of its own begins at `position`."""
    before = text[max(0, position - 200) : position]
    line = before.rpartition("\n")[2]
    if line.strip(" \t>\"'(*-\u2022\u201c\u2018[0123456789.)") == "":
        previous = before[: len(before) - len(line)].rstrip(" \t\r\n")
        blank = before.rstrip(" \t>").endswith(("\n\n", "\r\n\r\n"))
        lead = line.strip() != ""
        ended = previous.endswith((".", "!", "?", ":", ";", ",")) or not previous
        return ended or blank or lead or len(previous.rpartition("\n")[2]) < 45
    return bool(re.search(r"[.!?:\u2026]['\")\u201d\u2019\]]*\s+['\"(\u201c\u2018\[]*$", before))
