"""A peft adapter as the GGUF file that llama.cpp loads beside its base.

convert_lora(Path("runs/embedded/best"), Path("adapter.gguf"), converters()) -> number of matrices
"""

import json
import math
import os
import tempfile
from pathlib import Path

from convert import bases, sources
from convert.sources import ConversionError

TYPES = ("f32", "f16", "bf16", "q8_0")


def check_plain(adapter: Path) -> None:
    """ConversionError for what llama.cpp's adapter files have no room for."""
    config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    for name in ("use_dora", "modules_to_save", "rank_pattern", "alpha_pattern", "lora_bias"):
        if config.get(name):
            raise ConversionError(
                f"{adapter} has {name}, which an adapter file of llama.cpp can't hold: "
                "merge it (leave out --lora-only)"
            )


def plain_scaling(adapter: Path, work: Path) -> Path:
    """The adapter with alpha changed so that alpha / r is its scale, as llama.cpp computes it."""
    config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    folder = work / "adapter"
    folder.mkdir()
    weights = adapter / "adapter_model.safetensors"
    os.symlink(weights.resolve(), folder / weights.name)
    if config.get("use_rslora"):
        config["lora_alpha"] *= math.sqrt(config["r"])
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def _base_folder(base: bases.Source, work: Path) -> Path:
    """A folder with the base's config.json, which is all that the converter reads."""
    if not base.gguf:
        return base.folder
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(str(base.folder), **base.options)
    config.architectures = ["LlamaForCausalLM"]
    config.save_pretrained(work / "base")
    return work / "base"


def convert_lora(
    adapter: Path, out: Path, converters: Path, base: str | None = None, kind: str = "f16"
) -> int:
    """Write the adapter to `out`, whole or not at all; the number of its matrices."""
    source = bases.base_of(adapter, base)
    check_plain(adapter)
    matrices = bases.check_adapter(adapter, source)
    out.parent.mkdir(parents=True, exist_ok=True)
    size = (adapter / "adapter_model.safetensors").stat().st_size
    sources.need_space(out.parent, size, "The adapter")
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".to_gguf-") as name:
        work = Path(name)
        part = work / "part.gguf"
        arguments = ["--base", str(_base_folder(source, work)), "--outtype", kind]
        arguments += ["--outfile", str(part), str(plain_scaling(adapter, work))]
        sources.run(converters, "convert_lora_to_gguf.py", arguments)
        part.replace(out)
    return matrices
