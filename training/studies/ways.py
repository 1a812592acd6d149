"""Which way to fine-tune: full, LoRA or the last blocks, on four tasks; then LoRA's settings.

    python -m training.study ways --seeds 0            # then --seeds 0,1,2: finished ones are kept
    python -m training.study ways --only "entailment-*"
    python -m training.study ways --form training/recipes/studies/ways-gpt2.yaml

Spam (SMS), sentiment (IMDb) and entailment (SNLI) are answered in generated words and, in trials
that end in -head, by a new layer with one output for each class. Instructions are judged by the
perplexity of held-out answers. Each way has its own learning rate; the ways' rates are compared
on the task AXES, as are LoRA's settings, one at a time from the same middle: on the task whose
measure is a loss, because a few hundred right and wrong answers can't tell two ranks apart.
"""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from training.studies.measures import ACCURACY, PERPLEXITY, Measure, f1
from training.studies.results import Results
from training.studies.running import Tuned, answered, classified, losses
from training.studies.tables import bars, compared, said
from training.studies.ways_data import TASKS, classed
from training.study import Data, Options, Study, Trial

DATA = ("spam", "sentiment", "entailment", "instructions")
AXES = "instructions"
MIDDLE = {"r": 8, "alpha": 16, "lr": 5e-4, "schedule": "linear", "batch": 16, "warmup": 10}
MIDDLE |= {"eval_every": 15, "save_every": 60, "keep": 1, "longest": 256}
WAYS: dict[str, dict[str, Any]] = {
    "full": {"method": "full", "lr": 5e-5},
    "lora": {},
    "last1": {"method": "last_n", "blocks": 1, "lr": 3e-4},
    "last2": {"method": "last_n", "blocks": 2, "lr": 3e-4},
    "last4": {"method": "last_n", "blocks": 4, "lr": 3e-4},
}
MATRICES = {
    "llama": ("q_proj, v_proj", "q_proj, k_proj, v_proj, o_proj", "gate_proj, up_proj, down_proj"),
    "gpt2": ("c_attn", "attn.c_attn, attn.c_proj", "mlp.c_fc, mlp.c_proj"),
}


def axes(options: Options) -> dict[str, dict[str, dict[str, Any]]]:
    """For each setting of LoRA the values that differ from MIDDLE, and rates for the other ways."""
    some, attention, mlp = MATRICES["gpt2" if "gpt2" in options.recipe().base else "llama"]
    return {
        "rank": {"2": {"r": 2, "alpha": 4}, "32": {"r": 32, "alpha": 64}},
        "layers": {
            "last-quarter": {"blocks": max(1, options.blocks // 4)},
            "last-half": {"blocks": options.blocks // 2},
        },
        "targets": {
            "qv": {"targets": some}, "attention": {"targets": attention}, "mlp": {"targets": mlp}
        },
        "optimizer": {
            "sgd-0.05": {"optimizer": "sgd", "lr": 0.05},
            "sgd-0.5": {"optimizer": "sgd", "lr": 0.5},
            "adafactor-0.02": {"optimizer": "adafactor", "lr": 0.02},
            "adafactor-0.2": {"optimizer": "adafactor", "lr": 0.2},
        },
        "schedule": {"constant": {"schedule": "constant"}, "cosine": {"schedule": "cosine"}},
        "rate": {
            **{f"lora-{rate:g}": {"lr": rate} for rate in (1e-4, 2e-4, 1e-3, 2e-3)},
            **{f"full-{rate:g}": {**WAYS["full"], "lr": rate} for rate in (2e-5, 2e-4)},
            **{f"last2-{rate:g}": {**WAYS["last2"], "lr": rate} for rate in (1e-4, 1e-3)},
        },
    }  # fmt: skip


def measures(task: str, origins: tuple[str, ...] = ("snli",)) -> tuple[Measure, ...]:
    """What counts on a task; entailment is scored for each origin of its test rows."""
    if task == "spam":
        return ACCURACY, f1("F1 of spam", "spam")
    if task == "entailment":
        return tuple(
            Measure(
                f"accuracy, {origin}",
                lambda row, origin=origin: [n * (row["origin"] == origin) for n in _counts(row)],
                ACCURACY.value,
            )
            for origin in origins
        )
    return (PERPLEXITY,) if task == "instructions" else (ACCURACY,)


def _counts(row: dict[str, Any]) -> list[float]:
    return list(ACCURACY.counts(row))


def named(predict: Callable[[Tuned, Data], list[dict[str, Any]]]):
    """`predict` with each request's sha256 in its place: every trial would keep a copy of it, and
    not every data set may be passed on."""

    def rows(tuned: Tuned, data: Data) -> list[dict[str, Any]]:
        found = predict(tuned, data)
        return [{**row, "source": sha256(row["source"].encode()).hexdigest()} for row in found]

    return rows


def labelled(labels: tuple[str, ...]):
    """A predict that reads a label from the beginning of a greedy answer; the rest is `said`."""

    def predict(tuned: Tuned, data: Data) -> list[dict[str, Any]]:
        rows = answered(tuned, data, most=8)
        for row in rows:
            row["said"], text = row["answer"], row["answer"].lower().lstrip("\"'* ")
            row["answer"] = next((label for label in labels if text.startswith(label)), "")
        return rows

    return predict


def build(options: Options) -> Study:
    """All trials: tasks by ways, in words and by a head, then one setting at a time."""
    trials = [trial for task in TASKS for trial in _task(task, options)]
    for axis, values in axes(options).items():
        for value, settings in values.items():
            trial = _trial(AXES, f"{axis}-{value}", options, settings)
            trials.append(replace(trial, name=f"{axis}-{value}", group=f"{axis} on {AXES}"))
            if options.smoke:
                break  # one value of each setting shows that it runs
    return Study("ways", "Which way to fine-tune", tuple(trials), words, figures)


def _task(task: str, options: Options) -> list[Trial]:
    base = _trial(task, "base", options, {})
    read = base.data
    found = [replace(base, data=lambda: Data((), (), read().test), seeds=1)]
    chosen = WAYS
    if options.smoke and task != "spam":
        chosen = {"full": WAYS["full"], "lora": WAYS["lora"]}
    found += [_trial(task, way, options, settings) for way, settings in chosen.items()]
    if TASKS[task].labels:
        found += [_head(task, way, options, settings) for way, settings in chosen.items()]
    return found


def _trial(task: str, way: str, options: Options, settings: dict[str, Any]) -> Trial:
    chosen = TASKS[task]
    return Trial(
        f"{task}-{way}",
        options.recipe(**{**MIDDLE, **settings}),
        lambda: chosen.read(options),
        measures(task, ("snli",) if options.form.data else ("snli", "cad")),
        named(labelled(chosen.labels) if chosen.labels else losses),
        group=task,
    )


def _head(task: str, way: str, options: Options, settings: dict[str, Any]) -> Trial:
    chosen = TASKS[task]
    return replace(
        _trial(task, f"{way}-head", options, {**settings, "classes": len(chosen.labels)}),
        data=lambda: classed(chosen.read(options), chosen.labels),
        predict=named(classified),
    )


def figures(results: Results, out: Path) -> list[Path]:
    """Bars of each task and each setting, and quality against the weights trained."""
    from training import plots

    paths = bars(results, out)
    points = {}
    for task in filter(results.names, TASKS):
        key = measures(task)[0].name
        points[f"{task}: {key}"] = {
            name.removeprefix(f"{task}-"): (cost["trained"], results.score(name, key))
            for name in results.names(task)
            if (cost := results.cost(name))["trained"]
        }
    if not any(points.values()):
        return paths
    return [plots.scatter(points, "trained weights", out / "weights.png"), *paths]


def words(results: Results) -> str:
    """The report's text."""
    parts = [_sizes(results)]
    for task in filter(results.names, TASKS):
        measure = measures(task)[0]
        names = results.names(task)
        scores = {name: results.score(name, measure.name) for name in names}
        best = max(names, key=lambda name: measure.better * scores[name].value)
        parts.append(
            f"**{task.capitalize()}** ({_direction(measure)}): best is {best}, "
            f"{said(scores[best], measure.digits)}."
        )
        others = [(name, best) for name in names]
        parts.append(compared(results, others, [measure.name for measure in measures(task)]))
    return "\n\n".join(filter(None, [*parts, _settings(results)]))


def _direction(measure: Measure) -> str:
    return f"{measure.name}, {'more' if measure.better > 0 else 'less'} is better"


def _sizes(results: Results) -> str:
    first = results.outcomes[0].facts["recipe"]
    sizes = []
    for group in dict.fromkeys(results.groups[one.trial] for one in results.outcomes):
        trained = [one.facts for name in results.names(group) for one in results.of(name)]
        for facts in [facts for facts in trained if facts["steps"]][:1]:
            size = facts["recipe"]["batch"] * facts["recipe"]["accumulation"]
            sizes.append(
                f"{group}: {facts['steps']} steps of {size} from {facts['pairs']} examples, "
                f"{facts['test']} test rows"
            )
    return (
        f"Base: {first['base']}, precision {first['precision']}. {'; '.join(sizes)}. "
        "A base is asked without training; in words an answer counts if it begins with the label, "
        "and an untuned base may answer in sentences. -head trials have a new layer with one "
        "output for each class."
    )


def _settings(results: Results) -> str:
    pairs = []
    for name in results.names():
        if results.groups[name].endswith(f" on {AXES}"):
            # A rate of another way is compared with that way's own.
            way = name.split("-")[1] if name.startswith("rate-") else "lora"
            pairs.append((name, f"{AXES}-{way}"))
    measure = measures(AXES)[0]
    table = compared(results, pairs, [measure.name])
    return f"**One setting at a time** ({_direction(measure)}):\n\n{table}" if table else ""
