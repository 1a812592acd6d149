"""Tell questions about one topic from all others: TF-IDF and a balanced logistic regression.

gate = fit(questions, others)                 # needs scikit-learn
gate.save(Path("gate.json"))                  # JSON, not a pickle
Related.load(Path("gate.json")).score("When was he born?")      # 0..1, without scikit-learn
"""

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
TERMS = 20_000


def features(text: str) -> list[str]:
    """Words in lower case, alone and in neighbouring pairs."""
    words = WORD.findall(text.lower())
    return words + [f"{one} {two}" for one, two in pairwise(words)]


@dataclass(frozen=True)
class Related:
    """terms: each feature's (idf, weight)."""

    topic: str
    bias: float
    terms: dict[str, tuple[float, float]]

    def score(self, text: str) -> float:
        """The probability, 0..1, that `text` is about the topic; 0 if none of its words is known.

        What no training question resembles is more likely one of the many other topics.
        """
        squares = total = 0.0
        for feature, count in Counter(features(text)).items():
            if feature in self.terms:
                idf, weight = self.terms[feature]
                value = (1 + math.log(count)) * idf
                squares += value * value
                total += value * weight
        if not squares:
            return 0.0
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, self.bias + total / math.sqrt(squares)))))

    def save(self, path: Path) -> None:
        """Write JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(vars(self), ensure_ascii=False, separators=(",", ":"))
        path.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Related":
        """ValueError when the file is not there or is no gate."""
        if not path.is_file():
            raise ValueError(f"{path}: no such gate. `python -m training.study expert` makes one.")
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            terms = {term: (idf, weight) for term, (idf, weight) in data["terms"].items()}
            return cls(data["topic"], data["bias"], terms)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is no gate of classifiers/related.py") from error


def fit(topic: str, about: Sequence[str], others: Sequence[str]) -> Related:
    """A gate that learnt from questions about the topic and other ones."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = TfidfVectorizer(analyzer=features, max_features=TERMS, sublinear_tf=True)
    matrix = vectorizer.fit_transform([*about, *others])
    model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000)
    model.fit(matrix, [1] * len(about) + [0] * len(others))
    terms = {
        term: (round(float(vectorizer.idf_[at]), 4), round(float(model.coef_[0][at]), 5))
        for term, at in sorted(vectorizer.vocabulary_.items())
    }
    return Related(topic, round(float(model.intercept_[0]), 5), terms)


@dataclass(frozen=True)
class ClassScore:
    """Of one class, each in 0..1; `count` texts are truly of it."""

    precision: float
    recall: float
    f1: float
    count: int


def by_class(wanted: Sequence[bool], found: Sequence[bool]) -> dict[str, ClassScore]:
    """Precision, recall and F1 of "related" and "unrelated"; 0 where nothing was found."""
    scores = {}
    for name, kind in (("related", True), ("unrelated", False)):
        hits = sum(w == f == kind for w, f in zip(wanted, found, strict=True))
        true, claimed = (sum(v == kind for v in values) for values in (wanted, found))
        precision, recall = hits / max(1, claimed), hits / max(1, true)
        f1 = 2 * hits / max(1, true + claimed)
        scores[name] = ClassScore(precision, recall, f1, true)
    return scores
