"""Upload GGUF files with a model card to a Hub repo, which is created when it is not there.

HF_TOKEN=... python convert/to_gguf.py runs/embedded/best --out models --push owner/repo
"""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from convert.bases import HUB_NAME, network_errors
from convert.sources import ConversionError

CARD = """---
base_model: {base}
library_name: gguf
tags: [gguf, llama.cpp, email-proofreader]
---

# {title}

{origin} Converted with llama.cpp's converter of llama-cpp-python {version} and quantised by it.

| file | quantisation | MB | loss | perplexity | torch's token | sha256 |
|---|---|---|---|---|---|---|
{rows}

The loss (nats a token) is that of six fixed sentences in convert/prove.py; torch in float32 has
{loss:.4f}. "torch's token" is the part of positions at which the likeliest next token is torch's.
"""


@dataclass(frozen=True)
class Made:
    """One finished file and its row in the card. same is a part of 1."""

    path: Path
    quant: str
    size: int
    sha256: str
    loss: float
    perplexity: float
    same: float


def check(repo: str) -> str:
    """The token to push with. ConversionError without one or when `repo` is no Hub name."""
    from huggingface_hub import get_token

    if not HUB_NAME.fullmatch(repo):
        raise ConversionError(f"--push wants owner/repo, not {repo!r}")
    token = get_token()
    if not token:
        raise ConversionError(
            "--push needs a Hub token that may write: make one at "
            "https://huggingface.co/settings/tokens and set HF_TOKEN, or run `hf auth login`."
        )
    return token


def card(base: str, adapter: str | None, loss: float, version: str, made: list[Made]) -> str:
    """The README.md of the repo. `base` is named in its metadata as the Hub wants it."""
    rows = (
        f"| {one.path.name} | {one.quant} | {one.size / 1e6:.1f} | {one.loss:.4f} | "
        f"{one.perplexity:.2f} | {one.same:.1%} | `{one.sha256}` |"
        for one in made
    )
    origin = f"The adapter {adapter} merged into {base}." if adapter else f"{base} as GGUF."
    return CARD.format(
        base=base, title=made[0].path.stem, origin=origin, version=version, loss=loss,
        rows="\n".join(rows),
    )  # fmt: skip


def push(repo: str, files: list[Path], text: str, token: str, private: bool = False) -> str:
    """Create the repo where needed, upload the files and the card; the repo's address."""
    from huggingface_hub import HfApi

    api = HfApi(token=token)
    try:
        with tempfile.TemporaryDirectory(dir=files[0].parent, prefix=".push-") as name:
            folder = Path(name)
            for file in files:
                _link(file, folder / file.name)
            (folder / "README.md").write_text(text, encoding="utf-8")
            url = api.create_repo(repo, private=private or None, exist_ok=True)
            api.upload_folder(
                repo_id=repo, folder_path=folder, commit_message="Add GGUF files and their card"
            )
    except network_errors() as error:
        raise ConversionError(
            f"The upload to {repo} failed: {str(error).splitlines()[0][:300]}\n"
            f"The files are finished in {files[0].parent}. Check that the token may write there "
            f"and run: hf upload {repo} {files[0].parent}"
        ) from error
    return str(url)


def _link(file: Path, to: Path) -> None:
    try:
        os.link(file, to)
    except OSError:  # a file system without hard links
        shutil.copyfile(file, to)
