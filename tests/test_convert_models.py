"""Tiny Llamas through the whole of convert/: merged, converted, quantised, proven, or refused.

    LLAMA_CPP=folder pytest tests/test_convert_models.py

Needs torch, transformers, peft and llama.cpp's converters; with a llama.cpp folder that has
models/, one of the Llamas has the real tokenizer of Llama 3.
"""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from convert import bases, prove, quantise, sources, to_gguf
from convert.llama_file import LlamaFile
from convert.sources import ConversionError
from tests.converting import llama_cpp_folder, save_adapter
from tests.tiny_models import base, save_llama

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
peft = pytest.importorskip("peft")
pytest.importorskip("llama_cpp")
pytest.importorskip("sentencepiece")


@pytest.fixture(scope="module")
def llama_cpp():
    return llama_cpp_folder()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_llama(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def adapter(model, tmp_path_factory):
    return save_adapter(base(vocabulary(model)), model, tmp_path_factory.mktemp("adapter") / "best")


def vocabulary(folder: Path) -> int:
    return transformers.AutoConfig.from_pretrained(folder).vocab_size


@pytest.fixture(scope="module")
def made(adapter, llama_cpp, tmp_path_factory):
    """The adapter merged and converted: f16, q8_0 and q4_k_m."""
    outputs = quantise.outputs(tmp_path_factory.mktemp("out"), "tiny", ["f16", "q8_0", "q4_k_m"])
    return to_gguf.convert(str(adapter), outputs, llama_cpp, pre="gpt-2")


@pytest.fixture(scope="module")
def reference(model, adapter):
    """What torch says with the adapter beside the base, not merged."""
    plain = transformers.AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    tuned = peft.PeftModel.from_pretrained(plain, adapter)
    return prove.remember(tuned, transformers.AutoTokenizer.from_pretrained(model))


def test_the_files_are_the_model(made, reference):
    whole, eight, four = made.files
    proof = prove.prove(whole.path, reference)
    assert proof.difference < prove.LIMIT / 4
    assert proof.same == 1.0
    assert proof.loss == pytest.approx(reference.loss, abs=1e-3)
    assert whole.size > eight.size > four.size
    assert [abs(one.loss - reference.loss) < 0.02 for one in made.files] == [True] * 3
    assert quantise.kinds(whole.path)["F16"] == 15
    assert quantise.kinds(eight.path)["Q8_0"] > 10
    assert [one.sha256 for one in made.files] == [sources.sha256(p.path) for p in made.files]
    assert sorted(path.name for path in whole.path.parent.iterdir()) == [
        "tiny-f16.gguf",
        "tiny-q4_k_m.gguf",
        "tiny-q8_0.gguf",
    ]


def test_the_adapter_is_in_it(made, model):
    untuned = transformers.AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    told = prove.remember(untuned, transformers.AutoTokenizer.from_pretrained(model))
    with pytest.raises(ConversionError, match="not the model it was made from"):
        prove.prove(made.files[0].path, told)


def test_the_chat_template_is_in_it(made, reference):
    with LlamaFile(made.files[0].path) as file:
        assert file.chat_template() == reference.template


@pytest.mark.parametrize("tensor", ["blk.1.ffn_down.weight", "blk.0.attn_q.weight"])
def test_an_altered_weight_fails_the_proof(made, reference, tmp_path, tensor):
    gguf = pytest.importorskip("gguf")
    altered = shutil.copy(made.files[0].path, tmp_path / "altered.gguf")
    reader = gguf.GGUFReader(altered, "r+")
    (found,) = (one for one in reader.tensors if one.name == tensor)
    found.data[: len(found.data) // 4] *= -1
    reader.data.flush()
    with pytest.raises(ConversionError, match="not the model it was made from: its logits differ"):
        prove.prove(altered, reference)


def test_other_tokens_fail_the_proof(made, reference):
    samples = [reference.samples[0][:-1], *reference.samples[1:]]
    with pytest.raises(ConversionError, match=r"The GGUF cuts .* into .*--pre"):
        prove.prove(made.files[0].path, replace(reference, samples=samples))


def test_an_unknown_tokenizer_is_said_and_leaves_nothing(model, llama_cpp, tmp_path, capsys):
    arguments = [str(model), "--out", str(tmp_path / "m.gguf"), "--llama-cpp", str(llama_cpp)]
    assert to_gguf.main(arguments) == 1
    assert "does not recognize this model's tokenizer" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_before_the_work(adapter, llama_cpp, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=100_000)
    monkeypatch.setattr(sources.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(ConversionError, match=r"The merged model needs .* Make room"):
        to_gguf.convert(str(adapter), {"q8_0": tmp_path / "m.gguf"}, llama_cpp, pre="gpt-2")
    assert list(tmp_path.iterdir()) == []


def test_an_adapter_of_another_width_is_refused(adapter, tmp_path):
    config = transformers.LlamaConfig(
        vocab_size=300, hidden_size=64, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, architectures=["LlamaForCausalLM"],
    )  # fmt: skip
    config.save_pretrained(tmp_path)
    with pytest.raises(ConversionError, match=r"width 32; in .* it has 64: give the adapter's own"):
        bases.check_adapter(adapter, bases.base_of(adapter, str(tmp_path)))


def test_an_adapter_of_a_deeper_model_is_refused(adapter, tmp_path):
    shallow = base(300, layers=1)
    shallow.save_pretrained(tmp_path)
    with pytest.raises(ConversionError, match=r"changes model\.layers\.1\..*does not have"):
        bases.check_adapter(adapter, bases.base_of(adapter, str(tmp_path)))


def test_a_cut_adapter_is_refused(adapter, model, tmp_path):
    folder = Path(shutil.copytree(adapter, tmp_path / "cut"))
    weights = folder / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-50])
    with pytest.raises(ConversionError, match="damaged or was cut short"):
        bases.check_adapter(folder, bases.base_of(folder, str(model)))


def test_a_cut_model_is_refused(model, tmp_path):
    folder = Path(shutil.copytree(model, tmp_path / "cut"))
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-50])
    with pytest.raises(ConversionError, match="could not be loaded"):
        bases.load(bases.find(str(folder)))


def test_the_adapter_alone_for_llama_cpp(adapter, llama_cpp, tmp_path, capsys):
    gguf = pytest.importorskip("gguf")
    out = tmp_path / "lora.gguf"
    arguments = [str(adapter), "--lora-only", "--out", str(out), "--llama-cpp", str(llama_cpp)]
    assert to_gguf.main(arguments) == 0
    assert "28 matrices" in capsys.readouterr().out
    assert len(gguf.GGUFReader(out).tensors) == 28


@pytest.fixture(scope="module")
def llama3(llama_cpp, tmp_path_factory):
    """A tiny adapter on a tiny Llama with the 128,256 tokens of Llama 3."""
    vocabulary = Path(os.environ.get("LLAMA_CPP", "nowhere")) / "models/ggml-vocab-llama-bpe.gguf"
    if not vocabulary.is_file():
        pytest.skip("LLAMA_CPP names no folder of llama.cpp with models/")
    folder = tmp_path_factory.mktemp("llama3")
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        str(vocabulary.parent), gguf_file=vocabulary.name
    )
    base(len(tokenizer)).save_pretrained(folder / "base")
    tokenizer.save_pretrained(folder / "base")
    return save_adapter(base(len(tokenizer)), folder / "base", folder / "best")


def test_the_real_tokenizer_of_llama_3(llama3, llama_cpp, tmp_path):
    made = to_gguf.convert(str(llama3), {"q8_0": tmp_path / "llama3.gguf"}, llama_cpp)
    assert made.files[0].loss == pytest.approx(made.loss, abs=0.02)


def test_the_wrong_pre_tokenizer_fails_the_proof(llama3, llama_cpp, tmp_path):
    outputs = {"q8_0": tmp_path / "llama3.gguf"}
    with pytest.raises(ConversionError, match=r"The GGUF cuts .* into .*--pre"):
        to_gguf.convert(str(llama3), outputs, llama_cpp, pre="gpt-2")
    assert list(tmp_path.iterdir()) == []
