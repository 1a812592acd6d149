"""llama.cpp's own converters: fetched once, checked, kept, and run with errors that say what to do.

They come with the source package of llama-cpp-python, which holds what its wheel leaves out.
    converters() -> a folder with convert_hf_to_gguf.py; run(folder, script, arguments)
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

VERSION = "0.3.36"
SHA256 = "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e"
ARCHIVE = f"llama_cpp_python-{VERSION}.tar.gz"
NEEDED = ("convert_hf_to_gguf.py", "convert_lora_to_gguf.py", "conversion/", "gguf-py/")
UNPACKED = 100_000_000  # bytes: the source package, and what is unpacked of it
# The converter looks its tokenizer up by a hash; this names it instead.
WITH_PRE = """
import runpy, sys
folder, script, pre = sys.argv[1:4]
sys.argv = [script, *sys.argv[4:]]
sys.path[:0] = [folder, folder + "/gguf-py"]
from conversion import base
base.TextModel.get_vocab_base_pre = lambda self, tokenizer: pre
runpy.run_path(folder + "/" + script, run_name="__main__")
"""


class ConversionError(ValueError):
    """Something the user can mend; its text says how."""


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Say what begins and, at its end, how many seconds it took."""
    print(f"{what} ...", flush=True)
    began = time.monotonic()
    yield
    print(f"    {time.monotonic() - began:.1f} s", flush=True)


def sha256(path: Path) -> str:
    """Hex digest of a file; about 0.1 s for 100 MB."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def need_space(folder: Path, size: int, what: str) -> None:
    """ConversionError unless `size` bytes and a tenth more are free where `folder` is."""
    free = shutil.disk_usage(folder).free
    if free < 1.1 * size:
        raise ConversionError(
            f"{what} needs {1.1 * size / 1e9:.2f} GB in {folder}, and {free / 1e9:.2f} GB are "
            "free there. Make room, or give a folder on another disk."
        )


def cache_folder() -> Path:
    """Where the converters are kept: $EMAIL_PROOFREADER_CACHE, else the user's cache folder."""
    if folder := os.environ.get("EMAIL_PROOFREADER_CACHE"):
        return Path(folder)
    from platformdirs import user_cache_path

    return user_cache_path("email-proofreader", appauthor=False)


def converters(given: Path | None = None, archive: Path | None = None) -> Path:
    """A folder with llama.cpp's converters: `given`, or unpacked from the source package once."""
    if given is not None:
        if not (given / "convert_hf_to_gguf.py").is_file():
            raise ConversionError(f"{given}: no convert_hf_to_gguf.py there")
        return given
    target = cache_folder() / f"llama.cpp-{VERSION}"
    if all((target / name).exists() for name in NEEDED):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    need_space(target.parent, UNPACKED, "Fetching llama.cpp's converters")
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
    with timed(f"fetching {ARCHIVE} (77 MB)"):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode or not (folder / ARCHIVE).is_file():
        raise ConversionError(
            f"pip could not fetch {ARCHIVE}: {done.stderr.strip()[-300:]}\n"
            "Check the network and run the command again, or give a folder of llama.cpp with "
            "--llama-cpp."
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


def run(folder: Path, script: str, arguments: Sequence[str], pre: str | None = None) -> None:
    """Run one of the converters without a network. `pre` names the tokenizer's pre-tokenizer."""
    command = [sys.executable, str(folder / script)]
    if pre is not None:
        command = [sys.executable, "-c", WITH_PRE, str(folder), script, pre]
    done = subprocess.run(
        [*command, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
    )
    if done.returncode:
        raise ConversionError(_explain(done.stderr.strip()))


def _explain(error: str) -> str:
    if "BPE pre-tokenizer was not recognized" in error:
        return (
            "llama.cpp does not recognize this model's tokenizer (unknown BPE pre-tokenizer). "
            "Keep the base model's own tokenizer, take a newer llama.cpp with --llama-cpp, or, "
            "if you know how it cuts text, name it with --pre (gpt-2, llama-bpe, smollm, qwen2, "
            "...): the proof compares the tokens."
        )
    if "No space left" in error:
        return f"The disk became full while converting: {error.splitlines()[-1]}. Make room."
    if missing := re.search(r"No module named '([\w.]+)'", error):
        return f"llama.cpp's converter needs {missing[1]}: pip install {missing[1]}"
    if "is not supported" in error:
        named = next(line for line in error.splitlines() if "is not supported" in line)
        return f"llama.cpp {VERSION} can't convert this model: {named}. Try a newer --llama-cpp."
    return f"llama.cpp's converter failed:\n{error[-1500:]}"
