"""Train an adapter.

    python -m training.train training/recipes/embedded.yaml steps=200 --out runs/try

Killed, it goes on where its last checkpoint stands when started again with the same --out.
"""

import argparse
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from classifiers.tone import Tone, ToneScorer
from proofreader.errors import ProofreadError
from training import plots
from training.batches import batches
from training.checkpoints import Progress, RunFolder
from training.encoding import Encoded, Encoder, Example
from training.gradients import Trainer
from training.optimisation import make, rate
from training.recipe import Recipe


@dataclass(frozen=True)
class RunResult:
    """How a run ended. stopped is "finished" or "early"."""

    folder: Path
    steps: int
    best: float
    seconds: float
    stopped: str


def encode(examples: Sequence[Example], encoder: Encoder, recipe: Recipe) -> list[Encoded]:
    """Ids of every example that is short enough, asked with its measured tone."""
    if recipe.random_tone:
        random = Random(recipe.seed)
        tones = [Tone(random.uniform(-1, 1), random.uniform(-1, 1)) for _ in examples]
    else:
        unique = list(dict.fromkeys(example.source for example in examples if not example.chat))
        scored = dict(zip(unique, ToneScorer().score(unique), strict=True)) if unique else {}
        tones = [scored.get(example.source, Tone(0.0, 0.0)) for example in examples]
    pairs = (encoder.encode(example, tone) for example, tone in zip(examples, tones, strict=True))
    return [pair for pair in pairs if len(pair.ids) <= recipe.longest]


class Watch:
    """A run's losses to its folder and, unless `quiet`, a bar with the time left to stderr."""

    def __init__(self, folder: RunFolder, first: int, steps: int, quiet: bool) -> None:
        from tqdm import tqdm

        self.folder, self.tokens, self.since = folder, 0, time.monotonic()
        seldom = 0.5 if sys.stderr.isatty() else 20.0  # seconds; a log file needs few lines
        self.bar = tqdm(
            initial=first,
            total=steps,
            disable=quiet,
            mininterval=seldom,
            unit="step",
            smoothing=0.1,
        )

    def step(self, number: int, loss: float, lr: float, seconds: float, tokens: int) -> None:
        """Note one finished step."""
        if not math.isfinite(loss):
            raise ProofreadError(f"The loss of step {number} is {loss}. Lower lr and start again.")
        self.tokens += tokens
        self.folder.log(step=number, loss=round(loss, 4), lr=lr, seconds=round(seconds, 1))
        speed = self.tokens / max(1e-9, time.monotonic() - self.since)
        self.bar.set_postfix_str(f"loss {loss:.3f}, {speed:.0f} tokens/s", refresh=False)
        self.bar.update()

    def dev(self, number: int, loss: float, best: float) -> None:
        """Note a dev loss."""
        self.folder.log(step=number, dev_loss=round(loss, 4))
        if not self.bar.disable:
            self.bar.write(f"step {number}: dev loss {loss:.4f} (best so far {best:.4f})")


def fit(
    model,
    train: Sequence[Encoded],
    dev: Sequence[Encoded],
    recipe: Recipe,
    folder: RunFolder,
    tokenizer=None,
    quiet: bool = False,
) -> RunResult:
    """Train to the end of the recipe, from the folder's newest checkpoint if there is one.

    The weights with the lowest dev loss are kept in best/, those of the end if there is no `dev`.
    """
    trainer = Trainer(model, recipe)
    optimizer, scaler = make(recipe, trainer.weights), trainer.place.scaler
    progress = folder.load(model, optimizer, scaler)
    folder.forget_after(progress.step)
    order = batches(train, recipe.batch, recipe.seed)
    steps = step_count(recipe, len(train))
    watch = Watch(folder, progress.step, steps, quiet)
    began = time.monotonic() - progress.seconds
    while progress.step < steps and not _is_early(recipe, progress):
        loss, lr, tokens = _step(trainer, optimizer, order, progress.step, steps)
        progress = replace(progress, step=progress.step + 1, seconds=time.monotonic() - began)
        watch.step(progress.step, loss, lr, progress.seconds, tokens)
        last = progress.step == steps
        if progress.step % recipe.eval_every == 0 or last:
            progress = _check(trainer, dev, progress, folder, watch, tokenizer)
        if progress.step % recipe.save_every == 0 or last or _is_early(recipe, progress):
            folder.save(model, optimizer, scaler, progress, recipe.keep)
    watch.bar.close()
    if not dev:
        folder.save_best(model, tokenizer)
    stopped = "finished" if progress.step >= steps else "early"
    return RunResult(folder.path, progress.step, progress.best, progress.seconds, stopped)


def _is_early(recipe: Recipe, progress: Progress) -> bool:
    return 0 < recipe.patience <= progress.bad


def _step(trainer: Trainer, optimizer, order, step: int, steps: int) -> tuple[float, float, int]:
    """One step on its batches of `order`: (loss, learning rate, tokens)."""
    import torch

    recipe = trainer.recipe
    torch.manual_seed(recipe.seed + step)  # dropout's, the same after a kill
    first = step * recipe.accumulation
    group = [order[(first + n) % len(order)] for n in range(recipe.accumulation)]
    lr = optimizer.param_groups[0]["lr"] = rate(recipe, step, steps)
    loss = trainer.backward(group)
    trainer.update(optimizer)
    return loss, lr, sum(len(pair.ids) for batch in group for pair in batch)


def step_count(recipe: Recipe, pairs: int) -> int:
    """The steps of a run: the recipe's, or those of one pass over the pairs."""
    return recipe.steps or -(-pairs // (recipe.batch * recipe.accumulation))


def _check(
    trainer: Trainer, dev: Sequence[Encoded], progress: Progress, folder, watch, tokenizer
) -> Progress:
    if not dev:
        return progress
    loss = trainer.evaluate(dev)
    watch.dev(progress.step, loss, min(progress.best, loss))
    if loss < progress.best:
        folder.save_best(trainer.model, tokenizer)
        return replace(progress, best=loss, bad=0)
    return replace(progress, bad=progress.bad + 1)


def run(recipe: Recipe, out: Path) -> RunResult:
    """Everything from the recipe to the last checkpoint and the picture of the losses."""
    from training import hub_data

    plots.require()
    if recipe.backend == "unsloth":
        from training import unsloth_backend as backend  # before transformers, or it can't patch it
    else:
        from training import models as backend
    model, tokenizer = backend.load(recipe)
    mixed = hub_data.mix(recipe)
    encoder = Encoder(tokenizer)
    train, dev = (encode(part, encoder, recipe) for part in (mixed.train, mixed.dev))
    if not train:
        raise ProofreadError(f"No pair to train on fits into longest={recipe.longest} tokens.")
    folder = RunFolder(out)
    folder.describe(recipe, mixed.hashes, len(train), step_count(recipe, len(train)))
    mean = sum(len(pair.ids) for pair in train) / len(train)
    print(f"{len(train)} pairs, {mean:.0f} tokens each", flush=True)
    fitted = backend.fit if recipe.backend == "unsloth" else fit
    result = fitted(model, train, dev, recipe, folder, tokenizer)
    plots.losses(folder)
    return result


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument("settings", nargs="*", help="key=value, see training/recipe.py")
    parser.add_argument("--out", type=Path, help="run folder; default: runs/NAME")
    options = parser.parse_intermixed_args()
    try:
        recipe = Recipe.load(options.recipe, *options.settings)
        print(run(recipe, options.out or Path("runs") / recipe.name))
    except ProofreadError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
