"""The optimizer, its learning rate at each step, and where and how precisely a run computes.

place = Place(recipe)              # device, autocast and loss scale of this machine
optimizer = make(recipe, weights)
optimizer.param_groups[0]["lr"] = rate(recipe, step, steps)
"""

import math

from proofreader.errors import ProofreadError
from training.recipe import Recipe


def rate(recipe: Recipe, step: int, steps: int) -> float:
    """The learning rate of step 0..steps-1: up in a line, then as the recipe's schedule says."""
    warmup = min(recipe.warmup, steps // 5)
    if step < warmup:
        return recipe.lr * (step + 1) / warmup
    left = (steps - step) / max(1, steps - warmup)
    if recipe.schedule == "constant":
        return recipe.lr
    if recipe.schedule == "cosine":
        return recipe.lr * (1 - math.cos(math.pi * left)) / 2
    return recipe.lr * left


def make(recipe: Recipe, weights):
    """The recipe's torch optimizer over `weights`."""
    from torch import optim

    shared = {"lr": recipe.lr, "weight_decay": recipe.weight_decay}
    if recipe.optimizer == "sgd":
        return optim.SGD(weights, momentum=recipe.momentum, **shared)
    if recipe.optimizer == "adafactor":
        return optim.Adafactor(weights, **shared)
    return optim.AdamW(weights, **shared)


class Place:
    """Where a run computes, in which precision, on how many threads.

    ProofreadError when the machine lacks what the recipe asks for.
    """

    def __init__(self, recipe: Recipe) -> None:
        import torch

        self.torch, self.recipe = torch, recipe
        self.device = device_of(recipe)
        # One row of threads keeps dropout's random numbers in order, a GPU needs one anyway.
        alone = self.device == "cuda" or recipe.dropout > 0
        self.workers = 1 if alone else recipe.workers
        self.scaler = torch.amp.GradScaler(self.device, enabled=recipe.precision == "fp16")

    def autocast(self):
        """A context in which matrix products take the recipe's precision."""
        kind = self.torch.float16 if self.recipe.precision == "fp16" else self.torch.bfloat16
        return self.torch.autocast(self.device, kind, enabled=self.recipe.precision != "fp32")

    def tensor(self, values):
        """Whole numbers as a tensor on the device."""
        return self.torch.tensor(values, device=self.device)


def device_of(recipe: Recipe) -> str:
    """ "cpu" or "cuda". ProofreadError for a GPU that is missing or can't do bf16."""
    import torch

    there = torch.cuda.is_available()
    device = {"auto": "cuda" if there else "cpu"}.get(recipe.device, recipe.device)
    if device == "cuda" and not there:
        raise ProofreadError("There is no GPU here that torch can use. Set device=cpu.")
    if recipe.method == "qlora" and device == "cpu":
        raise ProofreadError("method=qlora needs a GPU. Set method=lora.")
    if device == "cuda" and recipe.precision == "bf16":
        if not torch.cuda.is_bf16_supported(including_emulation=False):
            raise ProofreadError("This GPU has no bf16. Set precision=fp16.")
    return device
