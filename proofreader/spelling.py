"""What a misspelt word may have been, from a word list with frequencies.

ranked("recieve", ("receive", "relieve"))    # [Guess("receive", ...), ...]
"""

import math
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from proofreader.inflection import CHAT, FUNCTION, frequency, is_name, words

VOWELS = frozenset("aeiouy")
KNOWN = CHAT | {
    "im": "I'm", "iam": "I am", "ive": "I've", "dont": "don't", "cant": "can't", "wont": "won't",
    "hte": "the", "teh": "the", "adn": "and", "wich": "which", "whe": "we",
    "wasent": "wasn't", "shud": "should", "wud": "would", "cud": "could",
    "youre": "you're", "theyre": "they're", "thats": "that's",
    "whats": "what's", "didnt": "didn't", "doesnt": "doesn't", "isnt": "isn't", "wasnt": "wasn't",
    "arent": "aren't", "werent": "weren't", "havent": "haven't", "hasnt": "hasn't",
    "hadnt": "hadn't", "couldnt": "couldn't", "wouldnt": "wouldn't", "shouldnt": "shouldn't",
    "alot": "a lot", "aswell": "as well", "infact": "in fact", "tommorow":
    "tomorrow", "tommorrow": "tomorrow", "tomorow": "tomorrow", "definelty": "definitely",
    "bussiness": "business", "bisnes": "business", "becouse": "because", "atleast": "at least",
}  # fmt: skip


@dataclass(frozen=True)
class Guess:
    """A word or two that may have been meant; the lower the score, the likelier."""

    text: str
    score: float


def distance(wrong: str, right: str) -> float:
    """Edits between two words, in which usual slips (doubled letters, vowels, swaps) weigh less."""
    if wrong == right:
        return 0.0
    weight = float(OSA.distance(wrong, right))
    if _squeezed(wrong) == _squeezed(right):
        weight -= 0.4
    elif sorted(wrong) == sorted(right):
        weight -= 0.3
    elif _consonants(wrong) == _consonants(right):
        weight -= 0.3
    if wrong[0] != right[0]:
        weight += 0.8
    if wrong[-1] != right[-1]:
        weight += 0.2
    return max(weight, 0.3)


def _squeezed(word: str) -> str:
    return "".join(c for n, c in enumerate(word) if n == 0 or word[n - 1] != c)


def _consonants(word: str) -> str:
    return "".join(c for c in _squeezed(word) if c not in VOWELS)


def _score(wrong: str, right: str) -> float:
    parts = right.split()
    times = min(frequency(part) for part in parts)
    rarity = math.log(250_000 / (times + 1)) * 0.28
    away = distance(wrong, "".join(parts)) if len(parts) == 1 else 0.9
    return 3 * away * (1.0 if len(wrong) > 4 else 1.3) + rarity


def _splits(word: str) -> list[str]:
    """Two common words run together: forexample, alot, eventhough."""
    found = []
    for cut in range(1, len(word)):
        left, right = word[:cut], word[cut:]
        short = [part for part in (left, right) if len(part) < 3]
        if all(part in FUNCTION for part in short) and "s" not in short and "t" not in short:
            if frequency(left) > 300 and frequency(right) > 300:
                found.append(f"{left} {right}")
    return found


@lru_cache(maxsize=5000)
def guesses(word: str, offered: tuple[str, ...] = ()) -> tuple[Guess, ...]:
    """Up to four guesses for an unknown word in lower case, best first, `offered` among them."""
    if word in KNOWN:
        return (Guess(KNOWN[word], 0.0),)
    reach = 1 if len(word) <= 4 else 2 if len(word) <= 8 else 3
    near = process.extract(word, words(), scorer=OSA.distance, score_cutoff=reach, limit=60)
    pool = {match[0] for match in near if not is_name(match[0])}
    pool |= {text.lower() for text in offered} | {*_splits(word)}
    scored = sorted((_score(word, text), text) for text in pool if text != word)
    return tuple(Guess(text, round(score, 2)) for score, text in scored[:4])
