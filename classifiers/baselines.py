"""What simpler systems score on the same texts: the rows beside ours in results/tone/.

    python -m classifiers.baselines [--only frozen]      # writes results/tone/baselines.json

Needs scikit-learn and vaderSentiment, the frozen encoder also torch and transformers.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from classifiers import corpora
from classifiers.corpora import Example
from classifiers.table import Rate, System, measure, rows_of

FROZEN_TEXTS = 1000  # of each sentiment set; the frozen encoder takes minutes for more


def majority() -> System:
    """Always the most frequent class, and the mean politeness."""
    return System(
        "majority",
        lambda texts: [1.0] * len(texts),
        lambda texts: [0.0] * len(texts),
        lambda texts: [0.0] * len(texts),
    )


def vader() -> System:
    """VADER's compound score (a lexicon with rules)."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()

    def rate(texts: Sequence[str]) -> list[float]:
        return [analyzer.polarity_scores(text)["compound"] for text in texts]

    return System("VADER", rate, rate, None)


def bag_of_words(folder: Path) -> System:
    """TF-IDF of words and pairs with logistic regression, ridge regression for politeness."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    def vectors(texts: list[str]):
        vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
        return vectorizer.fit_transform(texts), vectorizer.transform

    return _linear("TF-IDF + linear", folder, vectors, limit=10**9)


def frozen(folder: Path) -> System:
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


def _linear(name: str, folder: Path, vectors, limit: int) -> System:
    """Linear models over `vectors`, trained on what the shipped model was trained on."""
    from sklearn.linear_model import Ridge

    sets = corpora.public(folder, "train")
    own = [row for kind in corpora.LABELLED for row in corpora.written(kind, "train")]
    two = _thin(sets["sst2"], limit)
    three = _thin(sets["goemotions"], limit) + own
    graded = [*sets["tydip"], *own]
    matrix, transform = vectors([row.text for row in graded])
    ridge = Ridge(alpha=1.0).fit(matrix, [row.politeness for row in graded])
    return System(
        name,
        _classes(two, vectors),
        _classes(three, vectors),
        lambda texts: ridge.predict(transform(list(texts))).tolist(),
    )


def _classes(rows: list[Example], vectors) -> Rate:
    """A logistic regression on the rows' sentiment; it gives P(positive) - P(negative)."""
    from sklearn.linear_model import LogisticRegression

    matrix, transform = vectors([row.text for row in rows])
    model = LogisticRegression(C=3.0, max_iter=150)
    model.fit(matrix, [row.sentiment for row in rows])
    classes = list(model.classes_)
    low, high = classes.index(0), classes.index(2)

    def rate(texts: Sequence[str]) -> list[float]:
        odds = model.predict_proba(transform(list(texts)))
        return (odds[:, high] - odds[:, low]).tolist()

    return rate


def _thin(rows: list[Example], limit: int) -> list[Example]:
    return rows[:: max(1, len(rows) // limit)]


def main() -> int:
    """Measure the baselines, or one again; each row is kept as soon as it is there."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.baselines", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("results/tone/baselines.json"))
    parser.add_argument("--only", choices=("majority", "vader", "words", "frozen"))
    given = parser.parse_args()
    makers = {
        "majority": majority,
        "vader": vader,
        "words": lambda: bag_of_words(given.data),
        "frozen": lambda: frozen(given.data),
    }
    table = json.loads(given.out.read_text("utf-8"))["table"] if given.only else {}
    sets = rows_of(given.data)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    for name in [given.only] if given.only else makers:
        system = makers[name]()
        table[system.name] = measure(system, sets)
        body = {"command": "python -m classifiers.baselines", "table": table}
        given.out.write_text(json.dumps(body, indent=1) + "\n", "utf-8")
        print(system.name, table[system.name])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
