"""Which settings to train with: successive halving over the recipes of a search file.

    python -m training.search training/recipes/search.yaml --out runs/search
    python -m training.search training/recipes/search.yaml --budgets 6,12 --keep 3 --out runs/try

Every candidate is trained for the first budget of steps; the best few start anew with the next
budget, so that each run has a whole learning-rate schedule. The dev loss decides; how many
dev sentences each run corrects is shown beside it. Killed, a search goes on when started again.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from proofreader.errors import ProofreadError
from training.recipe import Recipe

MEASURE = "loss"  # what decides: the lowest dev loss


@dataclass(frozen=True)
class Trial:
    """One candidate at one budget. `figures` holds at least MEASURE, the lower the better."""

    name: str
    budget: int
    figures: dict[str, Any]


def successive_halving(
    candidates: Sequence[str],
    train_for: Callable[[str, int], dict[str, Any]],
    budget: Sequence[int],
    keep: Sequence[int],
) -> list[list[Trial]]:
    """Rounds of trials: all candidates with budget[0], the best keep[0] of them with budget[1], ...

    train_for(candidate, budget) gives its figures (Jamieson & Talwalkar 2016). Ties keep the
    order of the candidates. ValueError where the numbers don't fit together.
    """
    if not candidates or len(keep) != len(budget) - 1 or sorted({*budget}) != list(budget):
        raise ValueError("give candidates, growing budgets, and one number to keep between two")
    left, rounds = list(candidates), []
    for number, steps in enumerate(budget):
        trials = [Trial(name, steps, train_for(name, steps)) for name in left]
        rounds.append(trials)
        if number < len(keep):
            best = sorted(trials, key=lambda trial: trial.figures[MEASURE])
            left = [trial.name for trial in best[: keep[number]]]
    return rounds


def load(path: Path) -> tuple[dict[str, Recipe], list[int], list[int], list[int]]:
    """(recipes by name, budgets, numbers to keep, loss every so many steps) of a search file."""
    if not path.is_file():
        raise ProofreadError(f"{path}: no such search file")
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    recipes = {}
    for name, settings in data["candidates"].items():
        overrides = [f"{key}={value}" for key, value in {**data["common"], **settings}.items()]
        recipes[name] = replace(Recipe.load(path.parent / data["recipe"], *overrides), name=name)
    return recipes, data["budgets"], data["keep"], data["loss_every"]


class Runner:
    """Trains candidates on the same pairs, each in a folder of its own; finished ones are read."""

    def __init__(self, recipes: dict[str, Recipe], folder: Path, every: dict[int, int], texts: int):
        self.recipes, self.folder, self.every, self.texts = recipes, folder, every, texts
        self._pairs: dict[str, Any] = {}

    def train_for(self, name: str, steps: int) -> dict[str, Any]:
        """Figures of one run: dev loss, sentences corrected, seconds, training losses."""
        out = self.folder / f"{name}-{steps}"
        file = out / "figures.json"
        if file.is_file():
            return json.loads(file.read_text(encoding="utf-8"))
        recipe = replace(
            self.recipes[name], steps=steps, eval_every=steps, save_every=steps, keep=1
        )
        figures = self._train(recipe, out, steps)
        file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        print(f"{out.name}: {_words(figures)}", flush=True)
        return figures

    def _train(self, recipe: Recipe, out: Path, steps: int) -> dict[str, Any]:
        from training import hub_data, models
        from training.answers import answers, corrected, prompts_of, revised
        from training.checkpoints import RunFolder
        from training.encoding import Encoder
        from training.train import encode, fit

        model, tokenizer = models.load(recipe)
        encoder = Encoder(tokenizer)
        if not self._pairs:
            mixed = hub_data.mix(recipe)
            self._pairs = {"train": encode(mixed.train, encoder, recipe), "mixed": mixed}
            self._pairs["dev"] = encode(mixed.dev, encoder, recipe)
        folder, began = RunFolder(out), time.monotonic()
        pairs = self._pairs["train"]
        folder.describe(recipe, self._pairs["mixed"].hashes, len(pairs), steps)
        result = fit(model, pairs, self._pairs["dev"], recipe, folder, tokenizer)
        seconds = time.monotonic() - began
        dev = [pair for pair in self._pairs["mixed"].dev if pair.goal == "errors only"]
        dev = [pair for pair in dev if pair.source != pair.target][: self.texts]
        said = answers(model, tokenizer, encoder, prompts_of(dev))
        outputs = [revised(pair.source, answer) for pair, answer in zip(dev, said, strict=True)]
        scores = corrected(outputs, dev)
        losses = [row["loss"] for row in folder.losses() if "loss" in row]
        return {
            "loss": result.best,
            "seconds": round(seconds, 1),
            "pairs": steps * recipe.batch * recipe.accumulation,
            "losses": losses[:: self.every[steps]],
            "every": self.every[steps],
            **{name: vars(score) for name, score in scores.items()},
            "outputs": outputs,
        }


def _words(figures: dict[str, Any]) -> str:
    exact, made = figures["corrected exactly"], figures["needed edits made"]
    return (
        f"dev loss {figures['loss']:.4f}, {exact['hits']}/{exact['n']} corrected exactly, "
        f"{made['value']:.1f} % of needed edits, {figures['seconds']:.0f} s"
    )


def table(rounds: Sequence[Sequence[Trial]], recipes: dict[str, Recipe]) -> str:
    """Every trial as a row of Markdown, and who wins by each figure."""
    lines = [
        "| steps | settings | lr | batch | accumulation | r | alpha | dropout | dev loss "
        "| corrected exactly | needed edits made | seconds | seconds a pair |",
        "|---" * 13 + "|",
    ]
    for trials in rounds:
        for trial in trials:
            one, got = recipes[trial.name], trial.figures
            exact, made = got["corrected exactly"], got["needed edits made"]
            cells = [
                trial.budget, trial.name, one.lr, one.batch, one.accumulation, one.r, one.alpha,
                one.dropout, f"{got['loss']:.4f}", f"{exact['hits']}/{exact['n']}",
                f"{made['value']:.1f} % [{made['low']:.1f}, {made['high']:.1f}]",
                f"{got['seconds']:.0f}", f"{got['seconds'] / got['pairs']:.3f}",
            ]  # fmt: skip
            lines.append("| " + " | ".join(map(str, cells)) + " |")
    last = rounds[-1]
    by_loss = min(last, key=lambda trial: trial.figures["loss"])
    by_edits = max(last, key=lambda trial: trial.figures["needed edits made"]["value"])
    lines += ["", f"Best by dev loss: {by_loss.name}. By needed edits made: {by_edits.name}."]
    return "\n".join(lines)


def plot(rounds: Sequence[Sequence[Trial]], folder: Path) -> list[Path]:
    """A picture of the training losses for each round."""
    from matplotlib.figure import Figure

    paths = []
    for number, trials in enumerate(rounds, 1):
        figure = Figure(figsize=(8, 4.5), layout="constrained")
        axes = figure.add_subplot()
        for trial in trials:
            losses, every = trial.figures["losses"], trial.figures["every"]
            axes.plot([1 + every * n for n in range(len(losses))], losses, "o-", label=trial.name)
        axes.set(xlabel="step", ylabel="training loss (nats for each answer token)")
        axes.set_title(f"Round {number}: {trials[0].budget} steps")
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
        paths.append(folder / f"round-{number}.png")
        figure.savefig(paths[-1], dpi=110)
    return paths


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("search", type=Path)
    parser.add_argument("--budgets", help="steps of each round, for example 80,160")
    parser.add_argument("--keep", help="how many go on after each round, for example 3")
    parser.add_argument("--texts", type=int, default=60, help="dev sentences to correct")
    parser.add_argument("--out", type=Path, default=Path("runs/search"), help="runs and results")
    options = parser.parse_args(argv)
    try:
        recipes, budgets, keep, every = load(options.search)
        budgets = [int(n) for n in options.budgets.split(",")] if options.budgets else budgets
        keep = [int(n) for n in options.keep.split(",")] if options.keep else keep
        steps = {b: max(1, min(n, b // 4)) for n, b in zip(every, budgets, strict=False)}
        runner = Runner(recipes, options.out, steps, options.texts)
        rounds = successive_halving(list(recipes), runner.train_for, budgets, keep)
    except (ProofreadError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    text = table(rounds, recipes)
    (options.out / "table.md").write_text(text + "\n", encoding="utf-8")
    plot(rounds, options.out)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
