"""Train an adapter.

    python -m training.train training/recipes/embedded.yaml steps=200 --out runs/try

Killed, it goes on where its last checkpoint stands when started again with the same --out.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from classifiers.tone import Tone, ToneScorer
from proofreader.errors import ProofreadError
from training.batches import batches, block
from training.checkpoints import Progress, RunFolder
from training.encoding import Encoded, Encoder, Example
from training.recipe import Recipe


@dataclass(frozen=True)
class RunResult:
    """How a run ended. stopped is "finished" or "early"."""

    folder: Path
    steps: int
    best: float
    seconds: float
    stopped: str


class Trainer:
    """Computes losses and gradients with `workers` threads, each on its part of a batch.

    One thread with its own rows never waits for another inside an operation, which on a busy CPU
    costs more than the operations themselves.
    """

    def __init__(self, model, recipe: Recipe) -> None:
        import torch

        self.model, self.recipe, self.torch = model, recipe, torch
        self.weights = [weight for weight in model.parameters() if weight.requires_grad]
        torch.set_num_threads(1)
        self.pool = ThreadPoolExecutor(
            recipe.workers, initializer=torch.set_num_threads, initargs=(1,)
        )
        core = model.get_base_model()
        self.body, self.head = core.model, core.lm_head

    def loss(self, pairs: Sequence[Encoded], tokens: int):
        """Sum of the answer tokens' losses over `tokens`, a tensor with its graph."""
        torch = self.torch
        part = block(pairs)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.recipe.precision == "bf16"):
            cache = None
            if part.prefix:
                cache = self.body(
                    input_ids=torch.tensor([part.prefix]), use_cache=True
                ).past_key_values
                cache.batch_repeat_interleave(len(pairs))
            hidden = self.body(
                input_ids=torch.tensor(part.ids), past_key_values=cache, use_cache=cache is not None
            ).last_hidden_state
            logits = self.head(hidden[part.rows_at, part.columns_at])
            answers = torch.tensor(part.answers)
            return (
                torch.nn.functional.cross_entropy(logits.float(), answers, reduction="sum") / tokens
            )

    def _gradients(self, pairs: Sequence[Encoded], tokens: int):
        loss = self.loss(pairs, tokens)
        return loss.item(), self.torch.autograd.grad(loss, self.weights)

    def backward(self, batch: Sequence[Encoded]) -> float:
        """Leave the batch's gradients on the weights; returns its loss for each answer token."""
        tokens = sum(len(pair.ids) - pair.prompt for pair in batch)
        ordered = sorted(batch, key=lambda pair: len(pair.ids))
        parts = [
            part for n in range(self.recipe.workers) if (part := ordered[n :: self.recipe.workers])
        ]
        results = list(self.pool.map(lambda part: self._gradients(part, tokens), parts))
        for number, weight in enumerate(self.weights):
            weight.grad = sum(gradients[number] for _, gradients in results)
        return sum(loss for loss, _ in results)

    def evaluate(self, pairs: Sequence[Encoded]) -> float:
        """The loss of each answer token over all pairs."""
        tokens = sum(len(pair.ids) - pair.prompt for pair in pairs)

        def measure(part: Sequence[Encoded]) -> float:
            with self.torch.no_grad():
                return self.loss(part, tokens).item()

        return sum(self.pool.map(measure, batches(pairs, self.recipe.batch, 0)))


def encode(examples: Sequence[Example], encoder: Encoder, recipe: Recipe) -> list[Encoded]:
    """Ids of every example that is short enough, asked with its measured tone."""
    if recipe.random_tone:
        random = Random(recipe.seed)
        tones = [Tone(random.uniform(-1, 1), random.uniform(-1, 1)) for _ in examples]
    else:
        unique = list(dict.fromkeys(example.source for example in examples))
        scored = dict(zip(unique, ToneScorer().score(unique), strict=True))
        tones = [scored[example.source] for example in examples]
    pairs = (encoder.encode(example, tone) for example, tone in zip(examples, tones, strict=True))
    return [pair for pair in pairs if len(pair.ids) <= recipe.longest]


def rate(recipe: Recipe, step: int, steps: int) -> float:
    """The learning rate of step 0..steps-1: up in a line, down in a line to nearly nothing."""
    warmup = min(recipe.warmup, steps // 5)
    if step < warmup:
        return recipe.lr * (step + 1) / warmup
    return recipe.lr * (steps - step) / max(1, steps - warmup)


def fit(
    model,
    train: Sequence[Encoded],
    dev: Sequence[Encoded],
    recipe: Recipe,
    folder: RunFolder,
    tell: Callable[[str], None] = print,
) -> RunResult:
    """Train to the end of the recipe, from the folder's newest checkpoint if there is one."""
    import torch

    trainer = Trainer(model, recipe)
    optimizer = torch.optim.AdamW(trainer.weights, lr=recipe.lr, weight_decay=recipe.weight_decay)
    progress = folder.load(model, optimizer)
    folder.forget_after(progress.step)
    order = batches(train, recipe.batch, recipe.seed)
    steps = recipe.steps or len(order)
    began, first, tokens = time.monotonic() - progress.seconds, progress.step, 0
    since = time.monotonic()
    for step in range(progress.step, steps):
        batch = order[step % len(order)]
        optimizer.param_groups[0]["lr"] = rate(recipe, step, steps)
        loss = trainer.backward(batch)
        torch.nn.utils.clip_grad_norm_(trainer.weights, recipe.clip)
        optimizer.step()
        tokens += sum(len(pair.ids) for pair in batch)
        seconds = time.monotonic() - began
        progress = replace(progress, step=step + 1, seconds=seconds)
        folder.log(
            step=step + 1,
            loss=round(loss, 4),
            lr=rate(recipe, step, steps),
            seconds=round(seconds, 1),
        )
        if (step + 1) % 10 == 0:
            tell(_line(step + 1, steps, loss, tokens, time.monotonic() - since, first))
        if (step + 1) % recipe.eval_every == 0 or step + 1 == steps:
            progress = _check(trainer, dev, progress, folder, tell)
        if (step + 1) % recipe.save_every == 0 or step + 1 == steps:
            folder.save(model, optimizer, progress, recipe.keep)
        if recipe.patience and progress.bad >= recipe.patience:
            return RunResult(folder.path, step + 1, progress.best, seconds, "early")
    return RunResult(folder.path, steps, progress.best, progress.seconds, "finished")


def _check(
    trainer: Trainer, dev: Sequence[Encoded], progress: Progress, folder: RunFolder, tell
) -> Progress:
    if not dev:
        return progress
    loss = trainer.evaluate(dev)
    folder.log(step=progress.step, dev_loss=round(loss, 4))
    tell(f"step {progress.step}: dev loss {loss:.4f} (best so far {min(progress.best, loss):.4f})")
    if loss < progress.best:
        folder.save_best(trainer.model)
        return replace(progress, best=loss, bad=0)
    return replace(progress, bad=progress.bad + 1)


def _line(step: int, steps: int, loss: float, tokens: int, seconds: float, first: int) -> str:
    left = seconds / (step - first) * (steps - step)
    speed = tokens / seconds
    return f"step {step}/{steps} loss {loss:.3f} {speed:.0f} tokens/s, {left / 60:.1f} min left"


def run(recipe: Recipe, out: Path) -> RunResult:
    """Everything from the recipe to the last checkpoint."""
    from training import mixture, models

    model, tokenizer = models.load(recipe)
    mixed = mixture.build(recipe)
    encoder = Encoder(tokenizer)
    train, dev = (encode(part, encoder, recipe) for part in (mixed.train, mixed.dev))
    folder = RunFolder(out)
    steps = recipe.steps or -(-len(train) // recipe.batch)
    folder.describe(recipe, mixed.hashes, len(train), steps)
    print(
        f"{len(train)} pairs, {sum(len(p.ids) for p in train) / len(train):.0f} tokens each",
        flush=True,
    )
    return fit(model, train, dev, recipe, folder, lambda line: print(line, flush=True))


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument("settings", nargs="*", help="key=value, see training/recipe.py")
    parser.add_argument("--out", type=Path, help="run folder; default: runs/NAME")
    options = parser.parse_args()
    try:
        recipe = Recipe.load(options.recipe, *options.settings)
        print(run(recipe, options.out or Path("runs") / recipe.name))
    except ProofreadError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
