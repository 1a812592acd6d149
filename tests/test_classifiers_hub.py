"""Classifiers of the user's own, from a Hub served on this machine.

    pytest tests/test_classifiers_hub.py

The checkpoints are tiny but real: saved by transformers, fetched through HF_ENDPOINT, run.
"""

import hashlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from classifiers.hub import HubModel, HubScorer, parse_labels
from classifiers.tone import Tone

ROOT = Path(__file__).parent.parent
COMMIT = "a" * 40
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


class Hub(BaseHTTPRequestHandler):
    """The part of the Hub's interface that a download uses, over a folder of repositories."""

    folder: Path
    asked: list[str]

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, with_body: bool) -> None:
        path = self.path.split("?")[0].strip("/")
        self.asked.append(path)
        if "/tree/" in path:
            return self._send(200, b"[]", with_body)
        if path.startswith("api/models/"):
            repo = "/".join(path.split("/")[2:4])
            files = [{"rfilename": one.name} for one in (self.folder / repo).iterdir()]
            body = json.dumps({"id": repo, "sha": COMMIT, "siblings": files}).encode()
            return self._send(200, body, with_body)
        repo, _, rest = path.partition("/resolve/")
        target = self.folder / repo / rest.partition("/")[2]
        if not rest or not target.is_file():
            return self._send(404, b"", with_body, {"X-Error-Code": "EntryNotFound"})
        return self._send(200, target.read_bytes(), with_body)

    def _send(self, status: int, body: bytes, with_body: bool, more: dict | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def hub(tmp_path):
    Hub.folder, Hub.asked = tmp_path / "hub", []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_both_models_come_from_a_hub(hub, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    make_checkpoint(tmp_path / "hub/ann/feeling", ["bad", "fine", "good"], "good")
    make_checkpoint(tmp_path / "hub/bob/manners", ["impolite", "neutral", "polite"], "impolite")
    done = subprocess.run(
        [sys.executable, "-m", "classifiers", "--lines", "--json", "-", *MODELS],
        input="thanks!\nno\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"HF_ENDPOINT": hub, "HF_HOME": str(tmp_path / "cache")},
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        scores = json.loads(line)
        assert scores["sentiment"] > 0.99
        assert scores["politeness"] < -0.99
    assert len(done.stdout.splitlines()) == 2
    assert any("ann/feeling/resolve" in path for path in Hub.asked)
    assert any("bob/manners/resolve" in path for path in Hub.asked)


def test_the_proofreader_scores_with_models_from_a_hub(hub, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    pytest.importorskip("sentencex")
    pytest.importorskip("pycld2")
    make_checkpoint(tmp_path / "hub/ann/feeling", ["bad", "fine", "good"], "good")
    make_checkpoint(tmp_path / "hub/bob/manners", ["impolite", "neutral", "polite"], "impolite")
    done = subprocess.run(
        [sys.executable, "-m", "proofreader", "--json", *MODELS],
        input="Ich habe die Rechnung gestern erhalten und bezahle sie morgen.\n",  # no edits
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"HF_ENDPOINT": hub, "HF_HOME": str(tmp_path / "cache")},
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout)["tone"]["before"]
    assert scores["sentiment"] > 0.99
    assert scores["politeness"] < -0.99
    assert any("ann/feeling/resolve" in path for path in Hub.asked)


def test_a_model_that_is_not_there_is_a_message(monkeypatch):
    def missing(*_, **__):
        raise OSError("no/such is not a repository\nand a long hint")

    monkeypatch.setitem(sys.modules, "transformers", SimpleNamespace(pipeline=missing))
    with pytest.raises(ValueError, match="Cannot load the classifier 'no/such': no/such is not"):
        HubScorer(sentiment=HubModel("no/such"), base=Base()).score(["thanks!"])
