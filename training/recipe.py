"""Everything that decides a training run, in one frozen, flat record.

    Recipe.load("training/recipes/embedded.yaml", "steps=200", "lr=5e-4")

A YAML file and the command line state only what differs from the defaults here.
"""

import dataclasses
import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

from proofreader.errors import ProofreadError

CHOICES = {
    "backend": ("peft", "unsloth"),
    "method": ("lora", "qlora", "full", "last_n", "freeze_n"),
    "optimizer": ("adamw", "sgd", "adafactor"),
    "schedule": ("linear", "cosine", "constant"),
    "device": ("auto", "cpu", "cuda"),
    "precision": ("bf16", "fp32", "fp16"),
    "chat": ("own", "plain"),
    "quantised": ("", "iq4_nl"),
}
POSITIVE = ("r", "batch", "accumulation", "eval_every", "save_every", "keep", "workers", "longest")


@dataclass(frozen=True)
class Recipe:
    """Lengths are in tokens, counts in pairs, times in steps.

    One step is `accumulation` batches of `batch` pairs.
    """

    name: str = "embedded"
    base: str = "smollm2"  # the packaged GGUF; else a folder, a GGUF file or a model on the Hub
    adapter: str = ""  # an adapter folder to train on; "" starts a new one
    chat: str = "own"  # the base's chat template; "plain" for a base that has none
    classes: int = 0  # a head for so many classes in place of the output layer; 0: none
    seed: int = 0
    # data
    data: str = "../shared/data"
    hub: str = ""  # data sets of training/hub_data.py: "owner/name:rows, owner/name@revision:rows"
    mistakes: str = "training/recipes/mistakes.yaml"
    corrupted: int = 8000  # clean sentences with mistakes put in
    clean: int = 5000  # clean sentences left alone, to be answered with "="
    harper_repeats: int = 1
    written: str = "*"  # files of training/data without .jsonl, * for any text; ":2" reads twice
    written_repeats: int = 3
    goal_repeats: int = 3
    dev: int = 160  # pairs for the dev loss, half of them written
    longest: int = 160  # longer pairs are left out
    random_tone: bool = False  # draw the scores in the prompt instead of measuring them
    # method
    backend: str = "peft"  # or "unsloth" (a GPU, training/requirements-unsloth.txt)
    method: str = "lora"  # "lora", "qlora" (a GPU), "full", "last_n" or "freeze_n"
    # last_n: so many last ones are trained; freeze_n: so many first ones are not. LoRA: the last
    # ones alone get one, with -N all but the last N, with 0 all.
    blocks: int = 0
    r: int = 32
    alpha: int = 64
    dropout: float = 0.0
    rslora: bool = False
    targets: str = "all-linear"  # or names of modules: "q_proj, v_proj"
    # optimisation
    optimizer: str = "adamw"  # or "sgd", "adafactor"
    momentum: float = 0.9  # of sgd
    lr: float = 8e-4
    schedule: str = "linear"  # after the warm-up: "linear", "cosine" (to nearly 0) or "constant"
    warmup: int = 50
    steps: int = 0  # 0: one pass over the data
    batch: int = 16
    accumulation: int = 1  # batches in one step
    clip: float = 1.0
    weight_decay: float = 0.0
    device: str = "auto"  # "cpu", "cuda" or "auto": a GPU where there is one
    precision: str = "bf16"  # or "fp32", "fp16" (GPUs without bf16, such as the T4)
    checkpointing: bool = False  # activations are computed twice instead of kept: less memory
    # "iq4_nl": the forward pass sees the weights as a file of that format holds them
    quantised: str = ""
    fused: bool = True  # the arithmetic of training/fused.py, for LoRA without dropout on a CPU
    workers: int = 2  # each takes part of every batch on one CPU thread
    # keeping watch
    eval_every: int = 200
    save_every: int = 100
    keep: int = 3
    patience: int = 0  # dev losses without a new best before the run stops; 0: never

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            if (value := getattr(self, name)) not in allowed:
                near = difflib.get_close_matches(value, allowed, 1, 0)
                raise ProofreadError(
                    f"{name} can be {', '.join(allowed)}, not {value!r}. Did you mean {near[0]!r}?"
                )
        for name in POSITIVE:
            if getattr(self, name) < 1:
                raise ProofreadError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.method in ("last_n", "freeze_n") and self.blocks < 1:
            raise ProofreadError(f"method={self.method} needs blocks=N, at least 1")
        plain = (self.method, self.backend, self.targets, self.blocks, self.dropout)
        if self.quantised and plain != ("lora", "peft", "all-linear", 0, 0):
            raise ProofreadError(
                f"quantised={self.quantised} needs method=lora, backend=peft, targets=all-linear, "
                "blocks=0 and dropout=0: every layer is rounded with its adapter."
            )

    @property
    def is_adapter(self) -> bool:
        """Whether a LoRA is trained beside the model instead of the model's own weights."""
        return self.method in ("lora", "qlora")

    @classmethod
    def load(cls, path: str | Path, *overrides: str) -> Self:
        """A recipe from a YAML file and "key=value" texts. ProofreadError names what is wrong."""
        path = Path(path)
        if not path.is_file():
            raise ProofreadError(f"{path}: no such recipe")
        values = dict(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
        values.setdefault("name", path.stem)
        for override in overrides:
            key, equals, value = override.partition("=")
            if not equals:
                raise ProofreadError(f"{override!r}: settings are given as key=value")
            values[key.strip()] = value.strip()
        return cls.read(path, values)

    @classmethod
    def read(cls, path: Path, values: Mapping[str, Any]) -> Self:
        """A recipe from settings of any type; `path` is where the errors say they are from."""
        fields = {field.name: field for field in dataclasses.fields(cls)}
        for key in values:
            if key not in fields:
                near = difflib.get_close_matches(key, fields, 1)
                hint = (
                    f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(fields)}."
                )
                raise ProofreadError(f"{path}: unknown setting {key!r}.{hint}")
        return cls(**{key: _read(path, fields[key], value) for key, value in values.items()})

    def save(self, path: Path) -> None:
        """Every setting, so that the file alone repeats the run."""
        text = json.dumps(dataclasses.asdict(self), indent=1)
        path.write_text(yaml.safe_dump(json.loads(text), sort_keys=False), encoding="utf-8")


def _read(path: Path, field: dataclasses.Field, value: Any) -> Any:
    """`value` as the field's type; 2e-4, which YAML takes for text, is a number here."""
    try:
        if field.type is bool:
            return {"true": True, "false": False}[str(value).lower()]
        if field.type is int and float(value) != int(float(value)):
            raise ValueError
        return field.type(float(value)) if field.type is int else field.type(value)
    except (ValueError, TypeError, KeyError):
        wanted = field.type.__name__
        message = f"{path}: {field.name} should be of type {wanted}, not {value!r}"
        raise ProofreadError(message) from None
