"""The Unsloth backend: its calls against Unsloth's own source, and the rest with a stand-in.

The source is that of the installed packages, or lies unpacked in the folder that UNSLOTH_SOURCES
names: pip download --no-deps -r training/requirements-unsloth.txt, then unzip the wheels of
unsloth, unsloth_zoo, transformers and trl there. Nothing of Unsloth is imported, so no GPU is
needed. The stand-in loads with transformers and peft what Unsloth would load.
"""

import ast
import os
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from proofreader.errors import ProofreadError
from tests.tiny_models import TINY, base, llama_tokenizer, pairs
from training import unsloth_backend
from training.checkpoints import RunFolder

ROOT = Path(__file__).parent.parent


def source(package: str, file: str) -> ast.Module:
    """A file of a package, parsed."""
    spec = find_spec(package) if package in ("trl", "transformers") else None
    places = [Path(os.environ.get("UNSLOTH_SOURCES", "nowhere")) / package]
    places += [Path(entry) / package for entry in sys.path if entry]
    places += [Path(spec.origin).parent] if spec and spec.origin else []
    for place in places:
        if (place / file).is_file():
            return ast.parse((place / file).read_text(encoding="utf-8"))
    pytest.skip(f"no source of {package}: UNSLOTH_SOURCES names no folder that holds it")


def function(tree: ast.Module, name: str, within: str | None = None) -> ast.FunctionDef:
    nodes = ast.walk(tree)
    if within:
        classes = (node for node in nodes if isinstance(node, ast.ClassDef))
        nodes = ast.walk(next(node for node in classes if node.name == within))
    return next(n for n in nodes if isinstance(n, ast.FunctionDef) and n.name == name)


def parameters(found: ast.FunctionDef) -> set[str]:
    return {argument.arg for argument in found.args.args + found.args.kwonlyargs}


def fields(tree: ast.Module, name: str) -> set[str]:
    """The annotated names of a dataclass."""
    found = next(n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == name)
    return {line.target.id for line in found.body if isinstance(line, ast.AnnAssign)}


def call(name: str) -> ast.Call:
    """Our call of `name`."""
    ours = ast.parse((ROOT / "training" / "unsloth_backend.py").read_text(encoding="utf-8"))
    found = [node for node in ast.walk(ours) if isinstance(node, ast.Call)]
    return next(n for n in found if getattr(n.func, "attr", getattr(n.func, "id", "")) == name)


def keywords(name: str) -> set[str]:
    """What our call names; not what ** brings."""
    return {keyword.arg for keyword in call(name).keywords if keyword.arg}


@pytest.mark.parametrize(
    ("ours", "package", "file", "within", "theirs"),
    [
        ("from_pretrained", "unsloth", "models/loader.py", "FastLanguageModel", "from_pretrained"),
        ("get_peft_model", "unsloth", "models/llama.py", "FastLlamaModel", "get_peft_model"),
        (
            "save_pretrained_merged",
            "unsloth",
            "save.py",
            None,
            "unsloth_save_pretrained_merged",
        ),
        ("SFTTrainer", "trl", "trainer/sft_trainer.py", "SFTTrainer", "__init__"),
        ("train", "transformers", "trainer.py", "Trainer", "train"),
    ],
)
def test_our_calls_fit_their_signatures(ours, package, file, within, theirs):
    known = parameters(function(source(package, file), theirs, within))
    assert keywords(ours)
    assert keywords(ours) <= known


def test_the_settings_are_those_of_trl_and_transformers():
    known = fields(source("trl", "trainer/sft_config.py"), "SFTConfig")
    known |= fields(source("transformers", "training_args.py"), "TrainingArguments")
    given = set(unsloth_backend.arguments(TINY, Path("runs"), 10, True))
    assert given <= known
    assert "no_such_setting" not in known


def test_unsloth_keeps_labels_that_are_ready():
    tree = source("unsloth_zoo", "dataset_utils.py")
    body = ast.unparse(function(tree, "sft_prepare_dataset"))
    assert "'labels' in column_names" in body


def test_what_it_cannot_do_is_said(monkeypatch):
    with pytest.raises(ProofreadError, match="backend=peft"):
        unsloth_backend.check(replace(TINY, device="auto", method="last_n", blocks=1))
    with pytest.raises(ProofreadError, match="needs a GPU"):
        unsloth_backend.check(TINY)
    monkeypatch.setitem(sys.modules, "unsloth", None)
    with pytest.raises(ProofreadError, match=r"requirements-unsloth\.txt"):
        unsloth_backend.check(replace(TINY, device="auto"))


class FastLanguageModel:
    """Stands in for Unsloth's: a tiny Llama and a peft adapter."""

    @staticmethod
    def from_pretrained(model_name, full_finetuning, **_):
        tokenizer = llama_tokenizer()
        return base(len(tokenizer)), tokenizer

    @staticmethod
    def get_peft_model(model, r, target_modules, lora_alpha, lora_dropout, use_rslora, **_):
        from peft import LoraConfig, get_peft_model

        config = LoraConfig(
            r=r, lora_alpha=lora_alpha, lora_dropout=lora_dropout, use_rslora=use_rslora,
            target_modules=target_modules, task_type="CAUSAL_LM",
        )  # fmt: skip
        return get_peft_model(model, config)


@pytest.fixture
def standing_in(monkeypatch):
    for package in ("torch", "trl", "peft", "datasets"):
        pytest.importorskip(package)
    module = ModuleType("unsloth")
    module.FastLanguageModel = FastLanguageModel
    monkeypatch.setitem(sys.modules, "unsloth", module)
    recipe = replace(
        TINY, backend="unsloth", device="auto", base="owner/model", steps=8, longest=64
    )

    def run(folder, **settings):
        chosen = replace(recipe, **settings)
        model, tokenizer = unsloth_backend.load(chosen)
        given = pairs(40), pairs(8, 9)
        return unsloth_backend.fit(model, *given, chosen, RunFolder(folder), tokenizer)

    return run


def test_labels_are_answers_alone(standing_in):
    one = pairs(1)[0]
    row = unsloth_backend.rows([one])[0]
    assert row["input_ids"] == list(one.ids)
    assert row["labels"] == [-100] * one.prompt + list(one.ids[one.prompt :])


def test_a_run_keeps_best_and_losses_and_goes_on_after_a_kill(standing_in, tmp_path):
    result = standing_in(tmp_path / "whole")
    assert (result.stopped, result.steps) == ("finished", 8)
    best = sorted(path.name for path in (tmp_path / "whole" / "best").iterdir())
    assert {"adapter_model.safetensors", "chat_template.jinja", "tokenizer.json"} <= set(best)
    rows = RunFolder(tmp_path / "whole").losses()
    assert [row["step"] for row in rows if "loss" in row] == list(range(1, 9))
    assert result.best == pytest.approx(min(r["dev_loss"] for r in rows if "dev_loss" in r), 1e-3)
    cut = tmp_path / "cut"
    standing_in(cut, steps=8)
    (cut / "checkpoint-8" / "trainer_state.json").unlink()  # as if killed while writing it
    assert unsloth_backend.newest_checkpoint(cut).name == "checkpoint-4"
    standing_in(cut, steps=8)
    assert RunFolder(cut).losses() == rows


def test_early_stopping_stops_here_too(standing_in, tmp_path):
    settings = {"lr": 0.0, "patience": 2, "eval_every": 1, "steps": 20}
    result = standing_in(tmp_path, **settings)
    assert (result.stopped, result.steps) == ("early", 3)


def test_merging_asks_for_sixteen_bits(tmp_path):
    asked = []
    model = SimpleNamespace(save_pretrained_merged=lambda *args, **named: asked.append(named))
    unsloth_backend.merge(model, None, tmp_path)
    assert asked == [{"save_method": "merged_16bit"}]
