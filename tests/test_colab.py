"""training/colab.py and its notebook: valid, and every step that needs no Colab on a tiny Llama.

With a folder of llama.cpp in the variable LLAMA_CPP the adapter is converted too, and the steps run
with the real tokenizer of Llama 3.
"""

import ast
import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from proofreader.errors import ProofreadError
from proofreader.models import ModelEntry
from training import colab
from training.recipe import Recipe

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "training" / "colab.ipynb"
CELLS = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
CODE = {cell["id"]: "".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "code"}
TINY = (
    "backend=peft", "method=lora", "device=cpu", "precision=fp32", "hub=", "random_tone=true",
    "batch=2", "accumulation=2", "steps=4", "eval_every=2", "save_every=2", "dev=4", "r=4",
    "alpha=8", "longest=400",
)  # fmt: skip


def test_the_notebook_is_valid():
    nbformat = pytest.importorskip("nbformat")
    nbformat.validate(nbformat.read(NOTEBOOK, as_version=4))


@pytest.mark.parametrize("cell", CODE)
def test_every_cell_compiles(cell):
    compile(CODE[cell], cell, "exec")


def test_the_notebook_has_no_outputs_and_calls_steps_that_exist():
    assert all(not cell.get("outputs") for cell in CELLS)
    calls = [
        node
        for text in CODE.values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("colab.")
    ]
    named = {ast.unparse(node.func).removeprefix("colab.") for node in calls}
    named |= {arg.value for node in calls for arg in node.args if isinstance(arg, ast.Constant)}
    assert named - {"Settings", "apart"} == set(colab.STEPS) - {"merge"}


@pytest.mark.parametrize("size", ["1b", "3b"])
def test_the_recipes_fit_a_t4_and_need_no_data_from_here(size):
    recipe = Recipe.load(ROOT / "training" / "recipes" / f"llama-3.2-{size}.yaml")
    assert recipe.precision == "fp16"  # a T4 has no bf16
    assert (recipe.corrupted, recipe.clean, recipe.harper_repeats) == (0, 0, 0)
    assert recipe.base in colab.GGUF


def test_what_only_colab_can_do_is_said():
    with pytest.raises(ProofreadError, match="Colab alone"):
        colab.mount(colab.Settings())
    with pytest.raises(ProofreadError, match="owner/name"):
        colab.push(colab.Settings())


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    """A tiny Llama with the real tokenizer of Llama 3 where there is one, else a small one."""
    transformers = pytest.importorskip("transformers")
    for package in ("torch", "peft", "matplotlib"):
        pytest.importorskip(package)
    from tests.tiny_models import LLAMA_TEMPLATE, base, save_llama

    folder = tmp_path_factory.mktemp("llama")
    vocabulary = Path(os.environ.get("LLAMA_CPP", "nowhere")) / "models"
    if not (vocabulary / "ggml-vocab-llama-bpe.gguf").is_file():
        return save_llama(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        str(vocabulary), gguf_file="ggml-vocab-llama-bpe.gguf"
    )
    tokenizer.chat_template = LLAMA_TEMPLATE
    base(len(tokenizer)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def trained(llama, tmp_path_factory):
    """Settings of a finished run of the 1B recipe, with the tiny model instead."""
    drive = tmp_path_factory.mktemp("drive")
    sources = os.environ.get("LLAMA_CPP", "")
    changes = (f"base={llama}", *TINY)
    settings = colab.Settings(drive=str(drive), changes=changes, limit=2, llama_cpp=sources)
    colab.train(replace(settings, changes=(*changes, "patience=9")))
    return settings


def test_training_keeps_everything_on_the_drive_and_goes_on(trained):
    names = {path.name for path in trained.run.iterdir()}
    assert {"best", "step-4", "losses.jsonl", "losses.png", "recipe.yaml", "run.json"} <= names
    before = (trained.run / "losses.jsonl").read_text()
    colab.train(trained)  # nothing is left to do
    assert (trained.run / "losses.jsonl").read_text() == before


def test_evaluation_scores_base_and_trained(trained):
    colab.evaluate(trained)
    for name in ("base", "trained"):
        scores = json.loads((trained.run / "scores" / f"corrections-{name}.json").read_text())
        assert scores["texts"] == 2
        lines = (trained.run / "scores" / f"corrections-{name}.jsonl").read_text().splitlines()
        assert [json.loads(line)["error"] for line in lines] == [None, None]


def test_the_entry_makes_the_app_ask_as_it_was_taught(trained):
    formats = pytest.importorskip("llama_cpp.llama_chat_format")
    from prompts import render
    from training.encoding import Encoder

    (name, values), *others = yaml.safe_load(colab.entry(trained)).items()
    assert not others
    entry = ModelEntry(name, **values)
    assert (entry.prompt, entry.adapter) == ("proofread", "adapters/llama-3.2-1b-lora-f16.gguf")
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(trained.run / "best")
    asked = render(
        "proofread", goal="polish", sentiment="+0.1", politeness="-1.0", text="I has it."
    )
    messages = [
        {"role": "system", "content": asked.system},
        {"role": "user", "content": asked.user},
    ]
    served = formats.Jinja2ChatFormatter(entry.chat_template, "", "")(messages=messages).prompt
    ids = tokenizer(served, add_special_tokens=False).input_ids
    assert ids == Encoder(tokenizer).prompt(asked)


def test_merging_gives_the_trained_model(trained):
    import torch
    from transformers import AutoModelForCausalLM

    from training import answers

    colab.merge(trained)
    whole = AutoModelForCausalLM.from_pretrained(trained.run / "merged", dtype=torch.float32)
    model, _ = answers.load(trained.loaded, trained.run / "best")
    ids = torch.tensor([[0, 5, 9, 33, 12]])
    with torch.no_grad():
        difference = (whole(ids).logits - model(ids).logits).abs().max()
    assert difference < 2e-3  # 16 bits


def test_the_adapter_becomes_a_gguf_file(trained):
    if not trained.llama_cpp:
        pytest.skip("LLAMA_CPP names no folder of llama.cpp")
    gguf = pytest.importorskip("gguf")
    colab.convert(trained)
    reader = gguf.GGUFReader(trained.adapter)
    names = {tensor.name for tensor in reader.tensors}
    assert len(names) == 2 * 7 * 2  # layers, projections, A and B
    assert "blk.0.attn_q.weight.lora_a" in names


def test_push_uploads_the_adapter_its_recipe_and_a_card(trained, monkeypatch):
    pytest.importorskip("huggingface_hub")
    done = []
    api = SimpleNamespace(
        create_repo=lambda repo, exist_ok: done.append(repo),
        upload_folder=lambda repo_id, folder_path: done.append(
            sorted(path.name for path in folder_path.iterdir())
        ),
    )
    monkeypatch.setitem(sys.modules, "huggingface_hub", SimpleNamespace(HfApi=lambda: api))
    if not trained.adapter.is_file():
        trained.adapter.write_bytes(b"GGUF")
    colab.push(replace(trained, repo="someone/mine"))
    assert done[0] == "someone/mine"
    wanted = {"README.md", "recipe.yaml", "run.json", trained.adapter.name}
    assert wanted | {"adapter_model.safetensors", "adapter_config.json"} <= set(done[1])
    assert "base_model:" in (trained.run / "push" / "README.md").read_text()
    shutil.rmtree(trained.run / "push")


def test_a_failing_step_is_one_line_and_status_1(tmp_path, capsys):
    assert colab.main(["push", "--drive", str(tmp_path)]) == 1
    assert "owner/name" in capsys.readouterr().err
