"""Studies of what fine-tuning buys: each is a list of trials, run through the one trainer.

    python -m training.study ways --smoke
    python -m training.study expert --seeds 0,1,2 --out results/studies/expert
    python -m training.study ways --form training/recipes/studies/ways-gpt2.yaml steps=400
    python -m training.study ways --only "spam-*,rank-*" --tests 200 steps=30    # a small part

A study is a module training/studies/NAME.py that has

    DATA = ("pairs",)                        # names of its data, as a form's `data` calls them
    def build(options: Options) -> Study     # must be cheap: data are read when a trial wants them

and builds every trial's recipe with options.recipe(...), every size with options.size(...) and
asks options.rows("pairs", "train") for the Hub's rows, which are None when the form names no data
(then it reads options.data, the folder ../shared/data).

Each trial runs once for each seed: load the base, shuffle Data.train by the seed, train
(training.train.fit), put the weights of the lowest dev loss back, predict, score. Its folder of
checkpoints is runs/studies/NAME/runs/TRIAL-SEED; they go when the trial is finished, best/ too
unless Trial.keep. Results go to --out:

    predictions/TRIAL-SEED.jsonl     what Trial.predict returned, a line for each test example
    trials/TRIAL-SEED.json           recipe, sizes, sha256 of the data, cost, losses
    table.json, table.md             figures over all seeds with 95 % bootstrap intervals
    *.png, report.md                 Study.figures and Study.words, of the trials that are finished

Each run has a process of its own, so that its peak memory is its own, too (but for --smoke). A
trial whose JSON is there is read, not run again; one that was made with another recipe or other
data is an error. Predictions are scored anew each time, so a new measure needs no new training.
So groups of trials may have sizes of their own: run each with --only and its settings, all into
one --out; the report covers what is there and names what is not.
"""

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import yaml

from proofreader.errors import ProofreadError
from training.encoding import Example
from training.recipe import Recipe
from training.studies.measures import Measure
from training.studies.results import Results

ROOT = Path(__file__).parent.parent
NAMES = ("detox", "ways", "expert", "synthetic")
SMOKE = {
    "name": "smoke", "r": 4, "alpha": 8, "steps": 2, "batch": 2, "eval_every": 1, "save_every": 2,
    "keep": 1, "longest": 4096, "precision": "fp32", "device": "cpu", "workers": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Data:
    """What a trial learns from, what chooses its best weights, and what it is measured on.

    Without `train` the base is measured as it is. `labels` are the classes of a recipe with
    `classes`, whose examples have one of them as target. `references`, by source, are several
    right answers where there are more than the target.
    """

    train: Sequence[Example]
    dev: Sequence[Example]
    test: Sequence[Example]
    labels: tuple[str, ...] = ()
    references: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Trial:
    """One way to do it. `name` also names files: letters, digits, dots and hyphens.

    predict(tuned, data) gives one dict for each of data.test, in its order, of plain JSON values;
    training/studies/running.py has `answered` (greedy answers), the default, and `losses`.
    """

    name: str
    recipe: Recipe
    data: Callable[[], Data]
    measures: tuple[Measure, ...]
    predict: Callable[[Any, Data], list[dict[str, Any]]] | None = None
    group: str = ""  # a heading in the table, and one figure for each
    seeds: int = 0  # run with at most so many of the seeds; 0: all. 1 for an untuned base
    keep: bool = False  # keep best/ of its run folder


@dataclass(frozen=True)
class Study:
    """words(results) is the text of the report, written from the measured numbers; trials may be
    missing from them.

    figures(results, folder) draws PNGs and returns their paths; the default draws bars. It runs
    before words, and results.out is that folder, where more than trials may be kept.
    """

    name: str
    title: str
    trials: tuple[Trial, ...]
    words: Callable[[Results], str]
    figures: Callable[[Results, Path], list[Path]] | None = None


@dataclass(frozen=True)
class Source:
    """A data set of the Hub: splits maps "train", "dev" and "test" to its own splits or slices."""

    name: str
    splits: Mapping[str, str]
    config: str = ""


@dataclass(frozen=True)
class Form:
    """A file of training/recipes/studies: settings of every recipe, and data of the Hub."""

    study: str
    recipe: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Source] = field(default_factory=dict)
    blocks: int = 30  # of the base

    @classmethod
    def load(cls, path: Path) -> "Form":
        """ProofreadError for an unknown key, study, setting or data name."""
        if not path.is_file():
            raise ProofreadError(f"{path}: no such form")
        try:
            values = dict(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
        except (yaml.YAMLError, TypeError, ValueError) as error:
            raise ProofreadError(f"{path} is no form: {error}") from error
        known = [one.name for one in fields(cls)]
        if strange := values.keys() - {*known}:
            raise ProofreadError(f"{path}: unknown key {min(strange)!r}. There are: {known}")
        module = find(values.get("study", ""))
        if strange := values.get("data", {}).keys() - {*module.DATA}:
            raise ProofreadError(f"{path}: unknown data {min(strange)!r}. Known: {module.DATA}")
        Recipe.read(path, values.get("recipe", {}))
        try:
            data = {name: Source(**source) for name, source in values.get("data", {}).items()}
        except TypeError as error:
            raise ProofreadError(f"{path}: data need name and splits, config if any") from error
        return cls(**{**values, "data": data})


@dataclass(frozen=True, eq=False)  # hashed by identity: studies cache the data they read for it
class Options:
    """How a study is to be built. `smoke`: as small as possible, to see that it runs."""

    smoke: bool = False
    data: Path = ROOT / "../shared/data"
    form: Form = field(default_factory=lambda: Form(""))
    settings: Mapping[str, Any] = field(default_factory=dict)
    topic: str = "Nikola_Tesla"

    @property
    def blocks(self) -> int:
        """How many blocks the base has."""
        return 4 if self.smoke else self.form.blocks

    def recipe(self, **settings: Any) -> Recipe:
        """A trial's recipe: `settings`, else the form's, else training/recipe.py's.

        The command line and --smoke have the last word.
        """
        last = dict(SMOKE) if self.smoke else {}
        if self.smoke:
            from training.studies.tiny import folder

            last["base"] = str(folder())
        values = {**self.form.recipe, **settings, **self.settings, **last}
        return Recipe.read(Path("the settings"), values)

    def size(self, count: int, smoke: int = 6) -> int:
        """`count` examples, or `smoke` of them."""
        return min(count, smoke) if self.smoke else count

    def rows(self, name: str, split: str) -> list[dict[str, Any]] | None:
        """The rows of a data set that the form names; None where it names none."""
        source = self.form.data.get(name)
        if source is None:
            return None
        from training.studies.running import download

        return download(source, split)

    def read(self, name: str) -> Path:
        """A file of the data folder's studies/. ProofreadError when it is missing."""
        path = self.data.resolve() / "studies" / name
        if not path.is_file():
            raise ProofreadError(f"{path} is missing. Give --data, or a form with the Hub's data.")
        return path


def find(name: str):
    """The module of a study."""
    if name not in NAMES:
        raise ProofreadError(f"There is no study {name!r}. There are: {', '.join(NAMES)}.")
    return importlib.import_module(f"training.studies.{name}")


def run(
    study: Study,
    out: Path,
    runs: Path,
    seeds: Sequence[int],
    only: str = "*",
    smoke: bool = False,
    tests: int = 0,
    tables: bool = True,
) -> Results:
    """Run here what is not finished yet; then tables, figures and report of all that is.

    `only` are names of trials with commas between, * for any text; tests=0 takes all test examples.
    """
    from training import plots
    from training.studies.running import capped, chosen, finish
    from training.studies.tables import write

    plots.require()
    for trial in chosen(study, only):
        if tests:
            trial = replace(trial, data=capped(trial.data, tests))
        for seed in seeds[: trial.seeds or None]:
            finish(trial, seed, out, runs, quiet=smoke)
    results = Results.read(study, out, seeds)
    if tables:
        write(study, results, out)
    return results


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("settings", nargs="*", help="key=value for every recipe")
    parser.add_argument("--smoke", action="store_true", help="tiny sizes and a tiny model")
    parser.add_argument("--form", type=Path, help="a file of training/recipes/studies")
    parser.add_argument("--data", type=Path, default=Options().data)
    parser.add_argument("--seeds", default="", help="default: 0,1,2, with --smoke 0")
    parser.add_argument("--out", type=Path, help="default: results/studies/NAME")
    parser.add_argument("--runs", type=Path, help="checkpoints; default: runs/studies/NAME")
    parser.add_argument("--only", default="*", help="trials, commas between, * for any text")
    parser.add_argument("--tests", type=int, default=0, help="at most so many test examples")
    parser.add_argument("--topic", default=Options().topic, help="expert: a title of SQuAD")
    parser.add_argument("--within", action="store_true", help="run in this process; no tables")
    parser.add_argument("--list", action="store_true", help="print the trials' names and stop")
    return parser.parse_intermixed_args(argv)


def seeds_of(text: str) -> list[int]:
    """The numbers of "0,1,2". ProofreadError for anything else."""
    try:
        return [int(seed) for seed in text.split(",")]
    except ValueError as error:
        raise ProofreadError(f"--seeds {text!r}: give numbers with commas between") from error


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    given = parse(argv)
    label = given.form.stem if given.form else given.name
    label += "-smoke" * given.smoke
    at_home = Path("runs/studies" if given.smoke else "results/studies") / label
    try:
        form = Form.load(given.form) if given.form else Form(given.name)
        if form.study != given.name:
            raise ProofreadError(f"{given.form} is a form of the study {form.study}.")
        settings = dict(item.partition("=")[::2] for item in given.settings)
        options = Options(given.smoke, given.data, form, settings, given.topic)
        study = find(given.name).build(options)
        if given.list:
            print("\n".join(trial.name for trial in study.trials))
            return 0
        seeds = seeds_of(given.seeds or ("0" if given.smoke else "0,1,2"))
        runs, out = given.runs or Path("runs/studies") / label / "runs", given.out or at_home
        if not (given.smoke or given.within):
            from training.studies.running import apart

            apart(sys.argv[1:] if argv is None else argv, study, given.only, seeds, out)
        results = run(
            study, out, runs, seeds, given.only, given.smoke, given.tests, not given.within
        )
    except ProofreadError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps({"finished": len(results.outcomes), "trials": len(study.trials)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
