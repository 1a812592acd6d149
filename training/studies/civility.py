"""Whether a comment is civil, by a classifier of its own, and comments with their insults masked.

    style = learn(toxic, civil)             # TF-IDF and logistic regression; needs scikit-learn
    style.civil(["Please don't."])          # probabilities, 0..1
    style.mask("what a moron")              # "what a m****"

The words listed here and all texts that a study keeps in its results are in rot13, so that nobody
reads them by accident: veil() codes a row and unveil() decodes it.
"""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from proofreader.inflection import FUNCTION

WORD = re.compile(r"[^\W_]+(?:['’*@$!#][^\W_]+)*")  # noqa: RUF001
PATTERN = WORD.pattern
# A word that contains one of the first, or is one of the second, is masked in any case.
INSIDE = (
    "shpx shpp shvg ovgpu phag qvpx chff avtt snttbg onfgneq juber fyhg pbpx gjng ergneq zbeba vqvb"
    " fghcv penc cvff fphz encvf qbhpur jnax cevpx qnza nffub nffun nffpy qhzo crqb anmv vzorpvyr"
    " oenvaqrnq"
)
ALONE = "nff nefr ubr snt sntf cvt png gvgf obbo frk frkl fhpx fhpxf ybfre yvne gehfu xvyy qvr"
HEAVY = 2.0  # weight for rudeness from which on the classifier's words are masked, too


@dataclass(frozen=True)
class Style:
    """A fitted vectorizer and its logistic regression, whose class 1 is "civil"."""

    vectorizer: Any
    model: Any

    def civil(self, texts: Sequence[str]) -> list[float]:
        """The probability of each text to be civil, 0..1."""
        if not texts:
            return []
        return self.model.predict_proba(self.vectorizer.transform(texts))[:, 1].tolist()

    @cached_property
    def rudeness(self) -> dict[str, float]:
        """Each single word's weight for "not civil"."""
        names = self.vectorizer.get_feature_names_out()
        weights = zip(names, -self.model.coef_[0], strict=True)
        return {name: float(weight) for name, weight in weights if " " not in name}

    def insults(self, word: str) -> bool:
        """Whether a word is on the list, or weighs heavily for "not civil"."""
        low = word.lower()
        heavy = self.rudeness.get(low, 0.0) >= HEAVY and low not in FUNCTION
        return heavy or is_listed(low)

    def mask(self, text: str) -> str:
        """The text with all but the first letter of insulting words as asterisks."""

        def hide(match: re.Match) -> str:
            word = match[0]
            return word[0] + "*" * (len(word) - 1) if self.insults(word) else word

        return WORD.sub(hide, text)


def learn(toxic: Sequence[str], civil: Sequence[str]) -> Style:
    """Fit the classifier on single words and pairs of words."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=PATTERN
    )
    matrix = vectorizer.fit_transform([*toxic, *civil])
    model = LogisticRegression(C=10.0, class_weight="balanced", solver="liblinear", random_state=0)
    return Style(vectorizer, model.fit(matrix, [0] * len(toxic) + [1] * len(civil)))


@cache
def _listed(words: str) -> tuple[str, ...]:
    return tuple(codecs.encode(words, "rot13").split())


def is_listed(word: str) -> bool:
    """Whether a word is on the small list above, in any form."""
    low = word.lower()
    return low in _listed(ALONE) or any(stem in low for stem in _listed(INSIDE))


def without_listed(text: str) -> str:
    """The text without listed words: the simplest way to rewrite it."""
    return " ".join(WORD.sub(lambda m: "" if is_listed(m[0]) else m[0], text).split())


def veil(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its texts in rot13; a row veiled twice is itself again."""
    return {key: _turned(value) for key, value in row.items()}


unveil = veil


def _turned(value: Any) -> Any:
    if isinstance(value, str):
        return codecs.encode(value, "rot13")
    return [_turned(one) for one in value] if isinstance(value, list) else value
