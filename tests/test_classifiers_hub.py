"""Classifiers of the user's own, from a Hub served on this machine.

    pytest tests/test_classifiers_hub.py

The checkpoints are tiny but real: saved by transformers, fetched through HF_ENDPOINT, run.
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from classifiers.hub import HubModel, HubScorer, parse_labels
from classifiers.tone import Tone
from tests.local_hub import python

MODELS = (
    *("--sentiment-model", "ann/feeling", "--sentiment-labels", "bad=-1,fine=0,good=1"),
    *("--politeness-model", "bob/manners"),
)


class Fixed:
    """A pipeline that always answers with the same odds."""

    def __init__(self, **odds: float) -> None:
        self.odds = [{"label": name, "score": score} for name, score in odds.items()]

    def __call__(self, texts, **_):
        return [self.odds] * len(texts)


class Base:
    def score(self, texts):
        return [Tone(0.25, -0.5)] * len(texts)


def scorer(monkeypatch, pipeline, **models) -> HubScorer:
    monkeypatch.setattr("classifiers.hub._load", lambda model: pipeline)
    return HubScorer(base=Base(), **models)


def test_known_labels_need_no_mapping(monkeypatch):
    pipeline = Fixed(Negative=0.1, neutral=0.2, POSITIVE=0.7)
    (tone,) = scorer(monkeypatch, pipeline, sentiment=HubModel("a/b")).score(["x"])
    assert tone.sentiment == pytest.approx(0.6)
    assert tone.politeness == -0.5


def test_polite_guard_labels(monkeypatch):
    pipeline = Fixed(**{"polite": 0.5, "somewhat polite": 0.3, "neutral": 0.1, "impolite": 0.1})
    (tone,) = scorer(monkeypatch, pipeline, politeness=HubModel("Intel/polite-guard")).score(["x"])
    assert tone == Tone(0.25, pytest.approx(0.55))


def test_a_mapping_of_the_users_own(monkeypatch):
    model = HubModel("a/b", parse_labels("LABEL_0=-1, LABEL_1=0.5"))
    (tone,) = scorer(monkeypatch, Fixed(LABEL_0=0.5, LABEL_1=0.5), sentiment=model).score(["x"])
    assert tone.sentiment == pytest.approx(-0.25)


def test_unknown_labels_ask_for_a_mapping(monkeypatch):
    named = scorer(monkeypatch, Fixed(LABEL_0=0.5, LABEL_1=0.5), sentiment=HubModel("a/b"))
    with pytest.raises(ValueError, match=r"--sentiment-labels LABEL_0=\.\.\.,LABEL_1=\.\.\."):
        named.score(["x"])


def test_no_text_loads_nothing():
    assert HubScorer(sentiment=HubModel("no/such")).score([]) == []


def test_without_the_extra_the_message_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ValueError, match="hub-classifiers"):
        HubScorer(sentiment=HubModel("a/b"), base=Base()).score(["x"])


@pytest.mark.parametrize("text", ["positive", "a=b", "=,x"])
def test_what_is_no_mapping(text):
    with pytest.raises(ValueError, match="Write: negative=-1"):
        parse_labels(text)


def make_checkpoint(folder: Path, labels: list[str], favourite: str) -> None:
    """A one-layer BERT whose output bias makes `favourite` win on every text."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    vocabulary = {name: at for at, name in enumerate(["[PAD]", "[UNK]", "thanks", "no", "!"])}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", model_max_length=16
    )
    config = BertConfig(
        vocab_size=5,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=16,
        id2label=dict(enumerate(labels)),
        label2id={label: at for at, label in enumerate(labels)},
    )
    model = BertForSequenceClassification(config)
    with torch.no_grad():
        model.classifier.weight.zero_()
        model.classifier.bias.zero_()
        model.classifier.bias[labels.index(favourite)] = 9.0
    model.save_pretrained(folder)
    fast.save_pretrained(folder)


def scores(hub, home: Path, *arguments: str, stdin: str) -> list[dict]:
    """Each JSON line that a command prints which scores with both models, fetched from `hub`."""
    make_checkpoint(hub.folder / "ann/feeling", ["bad", "fine", "good"], "good")
    make_checkpoint(hub.folder / "bob/manners", ["impolite", "neutral", "polite"], "impolite")
    done = python("-m", *arguments, *MODELS, hub=hub.url, home=home / "cache", stdin=stdin)
    assert done.returncode == 0, done.stderr
    assert any("ann/feeling/resolve" in one.path for one in hub.asked)
    assert any("bob/manners/resolve" in one.path for one in hub.asked)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_both_models_come_from_a_hub(hub, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    command = ("classifiers", "--lines", "--json", "-")
    found = scores(hub, tmp_path, *command, stdin="thanks!\nno\n")
    assert len(found) == 2
    for line in found:
        assert line["sentiment"] > 0.99
        assert line["politeness"] < -0.99


def test_the_proofreader_scores_with_models_from_a_hub(hub, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    pytest.importorskip("sentencex")
    pytest.importorskip("pycld2")
    text = "Ich habe die Rechnung gestern erhalten und bezahle sie morgen.\n"  # no edits
    (found,) = scores(hub, tmp_path, "proofreader", "--json", stdin=text)
    assert found["tone"]["before"]["sentiment"] > 0.99
    assert found["tone"]["before"]["politeness"] < -0.99


def test_a_model_that_is_not_there_is_a_message(monkeypatch):
    def missing(*_, **__):
        raise OSError("no/such is not a repository\nand a long hint")

    monkeypatch.setitem(sys.modules, "transformers", SimpleNamespace(pipeline=missing))
    with pytest.raises(ValueError, match="Cannot load the classifier 'no/such': no/such is not"):
        HubScorer(sentiment=HubModel("no/such"), base=Base()).score(["thanks!"])
