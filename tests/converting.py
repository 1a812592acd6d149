"""What the converter's tests share: where llama.cpp's converters are, a small model, an adapter."""

import json
import os
from pathlib import Path

import pytest

from convert import sources


def llama_cpp_folder() -> Path:
    """The folder that LLAMA_CPP names, else the converters already in the cache; else a skip."""
    cached = sources.cache_folder() / f"llama.cpp-{sources.VERSION}"
    for folder in (Path(os.environ.get("LLAMA_CPP", "nowhere")), cached):
        if (folder / "convert_hf_to_gguf.py").is_file():
            return folder
    pytest.skip("LLAMA_CPP names no folder of llama.cpp, and its converters are not in the cache")


def save_adapter(model, base: Path, folder: Path, **settings) -> Path:
    """A peft adapter for every linear layer of `model` that changes what it says."""
    torch = pytest.importorskip("torch")
    peft = pytest.importorskip("peft")
    torch.manual_seed(1)
    config = peft.LoraConfig(
        r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM", **settings
    )
    tuned = peft.get_peft_model(model, config)
    for name, weight in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    tuned.save_pretrained(folder)
    path = folder / "adapter_config.json"
    told = json.loads(path.read_text()) | {"base_model_name_or_path": str(base)}
    path.write_text(json.dumps(told))
    return folder
