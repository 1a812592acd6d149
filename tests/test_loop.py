"""The whole loop: train an adapter, convert it, and proofread a sentence with the file.

    LLAMA_CPP=folder pytest tests/test_loop.py

The same with the real model (an hour on two cores):
    python -m training.train training/recipes/embedded.yaml --out runs/embedded
    python convert/to_gguf.py runs/embedded/best --quant q8_0 --out models/mail.gguf
    echo "She have sent the report." | python -m proofreader --model models/mail.gguf
"""

from dataclasses import replace
from threading import Event

import pytest

from classifiers.tone import Tone
from convert import to_gguf
from prompts import number, render
from tests.converting import llama_cpp_folder
from tests.tiny_models import TINY, save_llama

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
peft = pytest.importorskip("peft")
pytest.importorskip("llama_cpp")
pytest.importorskip("sentencepiece")

PAIRS = (("I has it.", "I have it."), ("They is here.", "They are here."))
TONE = Tone(0.0, 0.0)


def outspoken(folder):
    """A tiny Llama whose embeddings are long enough for it to be sure of a token."""
    model = transformers.AutoModelForCausalLM.from_pretrained(save_llama(folder))
    with torch.no_grad():
        model.model.embed_tokens.weight *= 30
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A trained run's folder, its first loss and its result."""
    from training import models
    from training.checkpoints import RunFolder
    from training.encoding import Encoder, Example
    from training.train import fit

    folder = tmp_path_factory.mktemp("loop")
    recipe = replace(
        TINY, base=str(outspoken(folder / "base")), r=16, alpha=32, lr=5e-3, steps=240,
        eval_every=80, save_every=240,
    )  # fmt: skip
    model, tokenizer = models.load(recipe)
    encoder = Encoder(tokenizer)
    pairs = [encoder.encode(Example(*pair), TONE) for pair in PAIRS]
    result = fit(model, pairs, pairs, recipe, RunFolder(folder / "run"), tokenizer, quiet=True)
    return folder / "run", result


@pytest.fixture(scope="module")
def engine(run, tmp_path_factory):
    from proofreader.engine import LlamaEngine

    out = tmp_path_factory.mktemp("gguf") / "mail.gguf"
    arguments = [str(run[0] / "best"), "--merge", "--quant", "f16", "--out", str(out)]
    arguments += ["--pre", "gpt-2", "--llama-cpp", str(llama_cpp_folder())]
    assert to_gguf.main(arguments) == 0
    engine = LlamaEngine(out, context=512)
    yield engine
    engine.close()


def test_training_learnt_the_pairs(run):
    _, result = run
    assert result.stopped == "finished"
    assert result.best < 0.2


@pytest.mark.parametrize(("wrong", "right"), PAIRS)
def test_the_file_mends_what_training_taught(engine, wrong, right):
    from proofreader.asking import Ask, Sampling

    tone = {"sentiment": number(TONE.sentiment), "politeness": number(TONE.politeness)}
    asked = render("proofread", goal="errors only", text=wrong, **tone)
    options = Sampling(max_tokens=40)
    assert "".join(engine.complete(Ask(asked, wrong, options), Event())) == right
