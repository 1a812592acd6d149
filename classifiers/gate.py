"""Tell an email from text that is none (code, tables, poems, articles, bare questions).

    from classifiers.gate import looks_like_email
    looks_like_email("Hi Ann,\\n\\nthe invoice is attached.\\n\\nBest, Bob")    # 0.97

A logistic regression over weighted words, marks and the text's shape (TF-IDF); its weights are
JSON in classifiers/weights/gate.json, made by `python -m classifiers.train`.
"""

import json
import math
import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

WEIGHTS = Path(__file__).with_name("weights") / "gate.json"
TOKEN = re.compile(r"\n[ \t]*\n\s*|\n|[a-z]+(?:'[a-z]+)?|\d+|[^\sa-z\d]")
GREETING = re.compile(
    r"(?i)(hi|hello|hey|dear|good (morning|afternoon|evening)|greetings|to whom)\b"
)
CLOSING = re.compile(
    r"(?im)^(best|kind|warm|many|with|yours|regards|thanks|thank you|cheers|sincerely|cordially"
    r"|all the best|love|take care|respectfully|talk soon|see you)\b.{0,40}$"
)
SENTENCE_END = re.compile(r"[.!?]+[\"')\]]*(?=\s|$)")
MAX_CHARACTERS = 4000  # the beginning tells; longer text would only cost time


def looks_like_email(text: str) -> float:
    """The probability, 0..1, that `text` is an email or a letter; 0.5 for text without words."""
    model = _model()
    weighted = {}
    for feature, count in Counter(features(text)).items():
        if feature in model["terms"]:
            idf, weight = model["terms"][feature]
            value = (1 + math.log(count)) * idf
            weighted[feature] = (value, value * weight)
    if not weighted:
        return 0.5
    length = math.sqrt(math.fsum(value * value for value, _ in weighted.values()))
    score = model["bias"] + math.fsum(product for _, product in weighted.values()) / length
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


def features(text: str) -> list[str]:
    """Words, numbers (as "0"), marks and line ends of `text`, alone and in neighbouring pairs,
    and its shape; none for a text without any."""
    text = text[:MAX_CHARACTERS].strip()
    if not text:
        return []
    tokens = ["<start>", *(_name(token) for token in TOKEN.findall(text.lower())), "<end>"]
    return tokens[1:-1] + [f"{a} {b}" for a, b in pairwise(tokens)] + shape(text)


def shape(text: str) -> list[str]:
    """How long `text` is, by powers of two, how it begins and ends; a text has a character."""
    lines = [line for line in text.splitlines() if line.strip()]
    marks = [
        f"<words {int(math.log2(len(text.split()) + 1))}>",
        f"<lines {int(math.log2(len(lines) + 1))}>",
        f"<sentences {min(4, len(SENTENCE_END.findall(text)))}>",
        f"<ends {'word' if text[-1].isalnum() else text[-1]}>",
    ]
    if GREETING.match(text):
        marks.append("<greeting>")
    if CLOSING.search(text, len(text) // 2):
        marks.append("<closing>")
    return marks + ["<lower>"] * text[0].islower()


def _name(token: str) -> str:
    if token.isspace():
        return "<paragraph>" if token.count("\n") > 1 else "<line>"
    return "0" if token.isdigit() else token


@lru_cache(maxsize=1)
def _model() -> dict:
    if not WEIGHTS.exists():
        raise ValueError(f"No {WEIGHTS.name} in {WEIGHTS.parent}: python -m classifiers.train")
    return json.loads(WEIGHTS.read_text("utf-8"))
