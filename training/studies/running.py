"""Runs one trial of a study: train, predict, keep what was found; see training/study.py.

    finish(trial, seed=0, out=Path("results/studies/ways"), runs=Path("runs/studies/ways"))

Ready to be a Trial's `predict`: answered (greedy answers), losses (nats of each right answer),
classified (by the head of a recipe with `classes`).
"""

import gc
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from random import Random
from typing import Any

from prompts import Prompt
from proofreader.errors import ProofreadError
from training.encoding import Encoded, Encoder, Example
from training.recipe import Recipe
from training.studies.memory import forget_peak, peak_mb
from training.studies.results import place


@dataclass(frozen=True)
class Tuned:
    """A trained model in memory, with its best weights; folder is its run folder."""

    model: Any
    tokenizer: Any
    encoder: Encoder
    recipe: Recipe
    folder: Path


def chosen(study, only: str) -> list[Any]:
    """A study's trials that fit one of the patterns. ProofreadError when none does."""
    patterns = [pattern.strip() for pattern in only.split(",")]
    found = [trial for trial in study.trials if any(fnmatch(trial.name, p) for p in patterns)]
    if not found:
        names = ", ".join(trial.name for trial in study.trials)
        raise ProofreadError(f"--only {only!r} fits no trial. There are: {names}.")
    return found


def apart(argv: Sequence[str], study, only: str, seeds: Sequence[int], out: Path) -> None:
    """Run each trial that is not finished in a process of its own, by the same command line.

    What one trial leaves with the allocator would count for the next one's peak memory.
    ProofreadError when one fails, after it has said why.
    """
    for trial in chosen(study, only):
        for seed in seeds[: trial.seeds or None]:
            if place(out, trial.name, seed)[0].is_file():
                continue
            one = ["--only", trial.name, "--seeds", str(seed), "--within"]
            if subprocess.run([sys.executable, "-m", "training.study", *argv, *one]).returncode:
                raise ProofreadError(f"{trial.name}, seed {seed}, failed. Finished ones stay.")


def finish(trial, seed: int, out: Path, runs: Path, quiet: bool = False) -> None:
    """Run a trial with a seed, unless its outcome is there already.

    ProofreadError if that was made with another recipe or from other data.
    """
    import torch

    outcome, predictions = place(out, trial.name, seed)
    data, recipe = trial.data(), replace(trial.recipe, name=trial.name, seed=seed)
    identity = {"recipe": asdict(recipe), "data_sha256": digest(data)}
    if outcome.is_file():
        before = json.loads(outcome.read_text(encoding="utf-8"))
        if changed := [key for key, value in identity.items() if before[key] != value]:
            raise ProofreadError(
                f"{outcome} was made with another {changed[0].split('_')[0]}. "
                "Give another --out, or delete it."
            )
        return
    print(f"{trial.name}, seed {seed}: {len(data.train)} to learn from", flush=True)
    folder = runs / f"{trial.name}-{seed}"
    tuned, facts = train(recipe, data, folder, identity["data_sha256"], quiet)
    torch.set_num_threads(os.cpu_count() or 1)  # training left each worker one
    began = time.monotonic()
    rows = (trial.predict or answered)(tuned, data)
    facts |= {"predict_seconds": round(time.monotonic() - began, 1), "test": len(rows)}
    for path in (outcome, predictions):
        path.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    predictions.write_text("".join(lines), encoding="utf-8")
    text = json.dumps({"trial": trial.name, "seed": seed, **identity, **facts}, indent=1)
    outcome.write_text(text + "\n", encoding="utf-8")
    for spent in [*folder.glob("step-*"), *([] if trial.keep else [folder / "best"])]:
        shutil.rmtree(spent, ignore_errors=True)


def capped(read: Callable[[], Any], tests: int) -> Callable[[], Any]:
    """A trial's `data` with at most `tests` test examples, from all over its test set."""
    if tests < 1:
        raise ProofreadError(f"--tests {tests}: give 1 or more")

    def data():
        found = read()
        count = len(found.test)
        chosen = range(count) if count <= tests else [at * count // tests for at in range(tests)]
        return replace(found, test=[found.test[at] for at in chosen])

    return data


def train(
    recipe: Recipe, data, folder: Path, sha256: str, quiet: bool
) -> tuple[Tuned, dict[str, Any]]:
    """(the model with its best weights, what that cost): through training.train.fit."""
    from training import models
    from training.checkpoints import RunFolder, load_weights
    from training.train import fit, step_count

    gc.collect()
    model, tokenizer = models.load(recipe)
    tuned = Tuned(model, tokenizer, Encoder(tokenizer), recipe, folder)
    pairs, dev = (encode(tuned, part, data.labels) for part in (data.train, data.dev))
    facts: dict[str, Any] = {
        "pairs": None, "steps": None, "seconds": None, "memory_mb": None, "dev_loss": None,
        "stopped": None, "losses": [], "trained": 0,
        "total": sum(weight.numel() for weight in model.parameters()),
    }  # fmt: skip
    if not data.train:
        return tuned, facts
    if not pairs:
        raise ProofreadError(f"No example fits into longest={recipe.longest} tokens.")
    Random(recipe.seed).shuffle(pairs)
    run = RunFolder(folder)
    run.describe(recipe, {"data": sha256}, len(pairs), step_count(recipe, len(pairs)))
    forget_peak()  # reading a model takes more for a moment than a small one's training
    result = fit(model, pairs, dev, recipe, run, tokenizer, quiet)
    load_weights(model, folder / "best")
    trained = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    facts |= {"pairs": len(pairs), "steps": result.steps, "stopped": result.stopped}
    facts |= {"seconds": round(result.seconds, 1), "memory_mb": peak_mb(), "trained": trained}
    return tuned, facts | {"dev_loss": result.best if dev else None, "losses": run.losses()}


def encode(tuned: Tuned, examples: Sequence[Example], labels: Sequence[str]) -> list[Encoded]:
    """Ids of the examples that are short enough; with `labels` the answer is the class's number."""
    if not tuned.recipe.classes:
        from training.train import encode as plain

        return plain(examples, tuned.encoder, tuned.recipe)
    asked = [(tuned.encoder.prompt(request(one)), one.target) for one in examples]
    made = [Encoded((*ids, labels.index(target)), len(ids)) for ids, target in asked]
    return [pair for pair in made if len(pair.ids) <= tuned.recipe.longest]


def request(example: Example) -> Prompt:
    """What a model is asked for an example: a chat one as it is, else the proofreader's prompt."""
    if example.chat:
        return Prompt("chat", 1, "", example.source)
    from training.answers import prompts_of

    return prompts_of([example])[0]


def row(example: Example, answer: str, data) -> dict[str, Any]:
    """A prediction as the measures read it."""
    made = {"source": example.source, "target": example.target, "answer": answer}
    if example.source in data.references:
        made["references"] = list(data.references[example.source])
    return {**made, "origin": example.origin}


def answered(tuned: Tuned, data, most: int = 48) -> list[dict[str, Any]]:
    """Greedy answers of at most `most` tokens to data.test."""
    from training.answers import answers

    asked = [request(example) for example in data.test]
    said = answers(tuned.model, tuned.tokenizer, tuned.encoder, asked, most)
    return [row(example, answer, data) for example, answer in zip(data.test, said, strict=True)]


def losses(tuned: Tuned, data) -> list[dict[str, Any]]:
    """How many nats each right answer of data.test costs, and its tokens."""
    import torch

    from classifiers.tone import Tone
    from training.gradients import Trainer

    trainer = Trainer(tuned.model, tuned.recipe)
    tuned.model.eval()
    pairs = [tuned.encoder.encode(example, Tone(0.0, 0.0)) for example in data.test]

    def nats(pair: Encoded) -> float:
        with torch.no_grad():
            return trainer.loss([pair], 1).item()

    costs = zip(data.test, pairs, trainer.pool.map(nats, pairs), strict=True)
    return [
        {**row(one, "", data), "nats": cost, "tokens": len(pair.ids) - pair.prompt}
        for one, pair, cost in costs
    ]


def classified(tuned: Tuned, data, size: int = 8) -> list[dict[str, Any]]:
    """The label that the head of a recipe with `classes` finds most likely."""
    import torch

    from training.gradients import Trainer

    trainer = Trainer(tuned.model, tuned.recipe)
    tuned.model.eval()
    asked = [tuned.encoder.prompt(request(example)) for example in data.test]
    pairs = [Encoded((*ids, 0), len(ids)) for ids in asked]

    def best(part: list[Encoded]) -> list[int]:
        with torch.no_grad():
            return trainer.logits(part)[0].argmax(-1).tolist()

    parts = [pairs[at : at + size] for at in range(0, len(pairs), size)]
    found = [number for part in trainer.pool.map(best, parts) for number in part]
    labelled = zip(data.test, found, strict=True)
    return [row(example, data.labels[number], data) for example, number in labelled]


def digest(data) -> str:
    """sha256 of all examples."""
    parts = [[vars(one) for one in part] for part in (data.train, data.dev, data.test)]
    text = json.dumps([parts, data.labels, dict(data.references)], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def download(source, split: str) -> list[dict[str, Any]]:
    """The rows of a Hub data set's split, as dicts."""
    from datasets import load_dataset

    if split not in source.splits:
        raise ProofreadError(f"{source.name}: the form names no split for {split!r}")
    try:
        found = load_dataset(source.name, source.config or None, split=source.splits[split])
    except (OSError, ValueError) as error:
        raise ProofreadError(
            f"{source.name} could not be read: {error}\nCheck the network and the name."
        ) from error
    return list(found)
