"""What simpler systems score on the same texts: the rows beside ours in results/tone/.

    python -m classifiers.report          # with --no-baselines where scikit-learn is missing

Each baseline is a pair of functions from texts to numbers, sentiment and politeness, both -1..1.
Needs scikit-learn and vaderSentiment, the frozen encoder also torch and transformers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifiers import corpora
from classifiers.corpora import Example

Rate = Callable[[Sequence[str]], list[float]]
FROZEN_TEXTS = 3000  # of each sentiment set; the frozen encoder takes minutes for more


@dataclass(frozen=True)
class Baseline:
    """A named system; None where it has no opinion. `binary` chooses between two classes only."""

    name: str
    binary: Rate
    sentiment: Rate
    politeness: Rate | None


def majority() -> Baseline:
    """Always the most frequent class, and the mean politeness."""
    return Baseline(
        "majority",
        lambda texts: [1.0] * len(texts),
        lambda texts: [0.0] * len(texts),
        lambda texts: [0.0] * len(texts),
    )


def vader() -> Baseline:
    """VADER's compound score (a lexicon with rules)."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()

    def rate(texts: Sequence[str]) -> list[float]:
        return [analyzer.polarity_scores(text)["compound"] for text in texts]

    return Baseline("VADER", rate, rate, None)


def bag_of_words(folder: Path) -> Baseline:
    """TF-IDF of words and pairs with logistic regression, ridge regression for politeness."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    def vectors(texts: list[str]):
        vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
        return vectorizer.fit_transform(texts), vectorizer.transform

    return _linear("TF-IDF + linear", folder, vectors, limit=10**9)


def frozen(folder: Path) -> Baseline:
    """all-MiniLM-L6-v2 as it is, mean pooled, with linear models on top."""

    def vectors(texts: list[str]):
        return embed(texts), embed

    return _linear("frozen encoder + linear", folder, vectors, FROZEN_TEXTS)


def embed(texts: Sequence[str]):
    """Mean pooled states of the untrained encoder, shape (texts, 384)."""
    import numpy as np
    import torch
    from transformers import AutoModel

    from classifiers.train import encoder_folder, load_tokenizer, pad

    name = encoder_folder()
    model = AutoModel.from_pretrained(name, add_pooling_layer=False).eval()
    coded = load_tokenizer(name, 64).encode_batch(list(texts))
    order = sorted(range(len(coded)), key=lambda at: len(coded[at].ids))
    states = np.zeros((len(coded), model.config.hidden_size), np.float32)
    with torch.inference_mode():
        for start in range(0, len(order), 64):
            picked = order[start : start + 64]
            ids, mask = pad([coded[at].ids for at in picked])
            hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
            weights = mask.unsqueeze(-1).float()
            states[picked] = ((hidden * weights).sum(1) / weights.sum(1)).numpy()
    return states


def _linear(name: str, folder: Path, vectors, limit: int) -> Baseline:
    """Linear models over `vectors`, trained on what the shipped model was trained on."""
    from sklearn.linear_model import Ridge

    sets = corpora.public(folder, "train")
    own = [row for kind in corpora.LABELLED for row in corpora.written(kind, "train")]
    two = _thin(sets["sst2"], limit)
    three = _thin(sets["goemotions"], limit) + own
    graded = [*sets["tydip"], *own]
    matrix, transform = vectors([row.text for row in graded])
    ridge = Ridge(alpha=1.0).fit(matrix, [row.politeness for row in graded])
    return Baseline(
        name,
        _classes(two, vectors),
        _classes(three, vectors),
        lambda texts: ridge.predict(transform(list(texts))).tolist(),
    )


def _classes(rows: list[Example], vectors) -> Rate:
    """A logistic regression on the rows' sentiment; it gives P(positive) - P(negative)."""
    from sklearn.linear_model import LogisticRegression

    matrix, transform = vectors([row.text for row in rows])
    model = LogisticRegression(C=3.0, max_iter=400)
    model.fit(matrix, [row.sentiment for row in rows])
    classes = list(model.classes_)
    low, high = classes.index(0), classes.index(2)

    def rate(texts: Sequence[str]) -> list[float]:
        odds = model.predict_proba(transform(list(texts)))
        return (odds[:, high] - odds[:, low]).tolist()

    return rate


def _thin(rows: list[Example], limit: int) -> list[Example]:
    return rows[:: max(1, len(rows) // limit)]
