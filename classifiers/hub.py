"""Score tone with a text-classification model of the user's choice from the Hugging Face Hub.

    from classifiers.hub import HubModel, HubScorer
    HubScorer(sentiment=HubModel("cardiffnlp/twitter-roberta-base-sentiment-latest"))
    HubScorer(politeness=HubModel("Intel/polite-guard")).score(["Thanks!"])

Needs the extra `hub-classifiers` (transformers and torch). What is not named is scored with the
shipped weights. The name of a local folder serves as well as a Hub repository's.
"""

import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from classifiers.tone import Tone, ToneScorer

# What common labels are worth on -1..1; a model with other labels needs a mapping of its own.
KNOWN_LABELS: dict[str, dict[str, float]] = {
    "sentiment": {
        "very negative": -1.0,
        "negative": -1.0,
        "neg": -1.0,
        "neutral": 0.0,
        "neu": 0.0,
        "positive": 1.0,
        "pos": 1.0,
        "very positive": 1.0,
        "1 star": -1.0,
        "2 stars": -0.5,
        "3 stars": 0.0,
        "4 stars": 0.5,
        "5 stars": 1.0,
    },
    "politeness": {
        "rude": -1.0,
        "impolite": -1.0,
        "neutral": 0.0,
        "somewhat polite": 0.5,
        "polite": 1.0,
    },
}


@dataclass(frozen=True)
class HubModel:
    """A model's Hub name or folder, and what its labels are worth (empty: by their words)."""

    repo: str
    labels: Mapping[str, float] = field(default_factory=dict)


def parse_labels(text: str) -> dict[str, float]:
    """The mapping in `negative=-1,neutral=0,positive=1`; ValueError where it is not one."""
    try:
        pairs = [part.rsplit("=", 1) for part in text.split(",") if part.strip()]
        return {name.strip().lower(): float(worth) for name, worth in pairs}
    except ValueError:
        raise ValueError(f"'{text}' is no label mapping. Write: negative=-1,positive=1") from None


def add_flags(parser: ArgumentParser) -> None:
    """Give a command line the flags that `named_models` reads."""
    group = parser.add_argument_group("what scores the tone, with the extra hub-classifiers")
    for kind in KNOWN_LABELS:
        group.add_argument(
            f"--{kind}-model", metavar="REPO", help=f"score {kind} with a Hub model or its folder"
        )
        group.add_argument(
            f"--{kind}-labels",
            metavar="NAME=WORTH,...",
            default="",
            help="what its labels are worth from -1 to 1, where their words do not tell",
        )


def named_models(given: Namespace) -> dict[str, HubModel]:
    """The models named by the flags of `add_flags`, by what they score; ValueError for labels
    that are no mapping, or that lack their model."""
    models = {}
    for kind in KNOWN_LABELS:
        repo, labels = getattr(given, f"{kind}_model"), getattr(given, f"{kind}_labels")
        if labels and not repo:
            raise ValueError(f"--{kind}-labels {labels}: whose labels? Name --{kind}-model, too.")
        if repo:
            models[kind] = HubModel(repo, parse_labels(labels))
    return models


class HubScorer:
    """Scores texts with the models named, loaded on first use; otherwise as ToneScorer."""

    def __init__(
        self,
        sentiment: HubModel | None = None,
        politeness: HubModel | None = None,
        base: ToneScorer | None = None,
    ) -> None:
        self.sentiment = sentiment
        self.politeness = politeness
        self.base = base or ToneScorer()
        self._turn = threading.Lock()  # a tokenizer's padding is no business of two threads

    def score(self, texts: Sequence[str]) -> list[Tone]:
        """One Tone for each text: the labels' worth, weighted by the model's probabilities."""
        if not texts:
            return []
        plain = [Tone(0.0, 0.0)] * len(texts)
        if self.sentiment is None or self.politeness is None:
            plain = self.base.score(texts)
        feeling = [tone.sentiment for tone in plain]
        manners = [tone.politeness for tone in plain]
        with self._turn:
            if self.sentiment:
                feeling = _worth(self._sentiment_pipeline, texts, self.sentiment, "sentiment")
            if self.politeness:
                manners = _worth(self._politeness_pipeline, texts, self.politeness, "politeness")
        return [Tone(*pair) for pair in zip(feeling, manners, strict=True)]

    @cached_property
    def _sentiment_pipeline(self):
        return _load(self.sentiment)

    @cached_property
    def _politeness_pipeline(self):
        return _load(self.politeness)


def _load(model: HubModel):
    try:
        from transformers import pipeline
    except ImportError:
        raise ValueError(
            f"{model.repo} needs transformers: pip install 'email-proofreader[hub-classifiers]'"
        ) from None
    try:
        return pipeline("text-classification", model=model.repo, top_k=None, device="cpu")
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"Cannot load the classifier '{model.repo}': {reason}") from error


def _worth(classify, texts: Sequence[str], model: HubModel, kind: str) -> list[float]:
    given = {name.lower(): worth for name, worth in model.labels.items()}
    worths = given or KNOWN_LABELS[kind]
    scores = []
    for odds in classify(list(texts), truncation=True, batch_size=16):
        unknown = [row["label"] for row in odds if row["label"].lower() not in worths]
        if unknown:
            wanted = ",".join(f"{row['label']}=..." for row in odds)
            raise ValueError(
                f"{model.repo}: what are its labels worth? Give --{kind}-labels {wanted}"
            )
        scores.append(sum(row["score"] * worths[row["label"].lower()] for row in odds))
    return scores
