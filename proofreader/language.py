"""Is this email English? Other languages are left alone, so a doubt counts as English.

    language("Bonjour, je vous envoie la facture.")     # ("fr", 0.97)
    is_english("i has went to the shop")                # True

CLD2 (pycld2, Apache-2.0, no dependencies, nothing to load) was the best of four on learners'
English: py3langid, cld3 and whatlang each took some of it for another language.
"""

import re
from functools import lru_cache

MIN_BYTES = 18  # a shorter text (UTF-8 bytes of its letters) says too little about its language
FOREIGN_SHARE = 0.65  # of the text that must be in the other language before it is left alone
MAX_CHARACTERS = 20_000  # the first ones decide; more only cost time

ENGLISH_WORDS = frozenset(
    "the and i you he she we they it is are was were have has had will would can could my your "
    "his her our their this that these with from for not what when please".split()
)

_NOT_PROSE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[\W\d_]+")


def _prose(text: str) -> str:
    """The words of a text, without links, addresses, digits, control and lone surrogate marks."""
    words = _NOT_PROSE.sub(" ", text[:MAX_CHARACTERS])
    words = words.encode("utf-8", "ignore").decode("utf-8").strip()
    return words.lower() if words.isupper() else words


@lru_cache(maxsize=64)
def language(text: str) -> tuple[str, float]:
    """The likeliest language (ISO 639-1 code, "zh", "zh-Hant" for Chinese) and its share, 0..1.

    The share is the part of the text in that language, 0.0 where the detector doesn't trust
    itself. A text too short to tell is ("en", 0.0). Never raises.
    """
    import pycld2

    words = _prose(text)
    if len(words.encode()) < MIN_BYTES:
        return "en", 0.0
    try:
        reliable, _, details = pycld2.detect(words, bestEffort=True)
    except pycld2.error:
        return "en", 0.0
    _, code, percent, _ = details[0]
    if code == "un":
        return "en", 0.0
    return code, percent / 100 if reliable else 0.0


def is_english(text: str) -> bool:
    """False only when the text is clearly in another language; a list of names is not clear."""
    code, share = language(text)
    if code in ("en", "sco") or share < FOREIGN_SHARE:
        return True
    words = _prose(text).split()
    if len(words) < 6 and all(word[0].isupper() for word in words):
        return True
    common = sum(word.lower() in ENGLISH_WORDS for word in words)
    return len(words) < 12 and common / len(words) >= 0.25
