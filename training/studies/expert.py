"""A topic expert: questions about one person, answered from what training left in the weights.

    python -m training.study expert --seeds 0,1,2
    python -m training.study expert --topic Martin_Luther --out results/studies/expert-luther
    python -m training.study expert --form training/recipes/studies/expert-falcon.yaml

The first six trials answer with the book closed, as the original project did. The two "open" ones
read the passage that shares the most words with the question. The gate of
training/studies/expert_gate.py is made beside; `python -m training.ask` puts the two together.
"""

from collections import Counter
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from training.studies import expert_gate
from training.studies.expert_data import open_book, topic
from training.studies.measures import BLEU, CONTAINED, EXACT, Row, mean, plain, references
from training.studies.results import Results
from training.studies.running import answered
from training.studies.tables import compared
from training.study import Data, Options, Study, Trial

DATA = ("squad", "unrelated")
PATIENCE, EVERY = 4, 10
MIDDLE = {
    "r": 8, "alpha": 16, "lr": 3e-4, "batch": 8, "steps": 240, "warmup": 10, "eval_every": EVERY,
    "save_every": 60, "keep": 1, "longest": 320, "patience": PATIENCE,
}  # fmt: skip
GATE_SCORES = "gate-scores.json"
ORIGINAL = "1.00 and 0.96"  # of the two classes, as it reports them


def word_f1(row: Row) -> float:
    """SQuAD's F1 out of 100: words shared with the nearest reference."""
    said_, best = plain(row["answer"]).split(), 0.0
    for wanted in (plain(reference).split() for reference in references(row)):
        shared = sum((Counter(said_) & Counter(wanted)).values())
        best = max(best, 200.0 * shared / max(1, len(said_) + len(wanted)))
    return best


MEASURES = (EXACT, CONTAINED, mean("word F1", word_f1), BLEU)


def ways(options: Options) -> dict[str, dict[str, Any]]:
    """The trained trials and what each changes."""
    return {
        "tuned": {},
        "last-2-frozen": {"blocks": -2},
        "first-half-frozen": {"blocks": options.blocks - options.blocks // 2},
        "better-settings": {"r": 32, "alpha": 64, "lr": 1e-3, "schedule": "cosine"},
        "gradients": {"batch": 2, "accumulation": 4, "clip": 0.3, "checkpointing": True},
    }


def build(options: Options) -> Study:
    """Base and tuned with the book closed, then both with a passage to read."""

    @cache
    def opened() -> Data:
        return open_book(topic(options))

    def closed() -> Data:
        return topic(options).data

    trial = partial(Trial, measures=MEASURES, predict=partial(answered, most=32))
    trials = [trial("base", options.recipe(**MIDDLE), partial(_test, closed), seeds=1)]
    for name, settings in ways(options).items():
        trials.append(trial(name, options.recipe(**{**MIDDLE, **settings}), closed))
    trials[1] = replace(trials[1], keep=True)
    better = {**MIDDLE, **ways(options)["better-settings"]}
    trials.append(trial("open-base", options.recipe(**MIDDLE), partial(_test, opened), seeds=1))
    trials.append(trial("open-tuned", options.recipe(**better), opened, keep=True))
    grouped = [
        replace(one, group="book open" if one.name.startswith("open") else "book closed")
        for one in trials
    ]
    title = f"A topic expert: {options.topic.replace('_', ' ')}"
    return Study("expert", title, tuple(grouped), words, partial(figures, options))


def _test(read) -> Data:
    data = read()
    return Data((), (), data.test, references=data.references)


def figures(options: Options, results: Results, out: Path) -> list[Path]:
    """The gate with its scores, bars, and the losses of the first seed."""
    from training import plots

    expert_gate.make(topic(options), out)
    runs = {
        name: results.of(name)[0].facts["losses"]
        for name in results.names()
        if results.of(name)[0].facts["losses"]
    }
    names = results.names()
    panels = {one.name: {name: results.score(name, one.name) for name in names} for one in MEASURES}
    pictures = [plots.bars(panels, out / "answers.png")]
    return [*pictures, plots.curves(runs, out / "losses.png")] if runs else pictures


def words(results: Results) -> str:
    """The report's text."""
    trained = [one for one in results.outcomes if one.facts["steps"]]
    if not trained:
        return f"Nothing was trained yet.\n\n{_gate(results.out)}"
    pairs = [(name, "base") for name in results.names("book closed")]
    pairs += [("open-tuned", "open-base"), ("open-tuned", "better-settings")]  # the same settings
    differences = compared(results, pairs, [measure.name for measure in MEASURES])
    parts = [_sizes(results, trained[0].facts), differences, _stops(results), _gate(results.out)]
    return "\n\n".join(filter(None, parts))


def _sizes(results: Results, facts: dict[str, Any]) -> str:
    return (
        f"Base: {facts['recipe']['base']}. {facts['pairs']} questions to learn from, "
        f"{facts['test']} to test; questions of one paragraph may be in both. An answer is exact "
        "when it is one of the references but for case, articles and punctuation, and contained "
        "when it holds one."
    )


def _stops(results: Results) -> str:
    patience = results.outcomes[0].facts["recipe"]["patience"]
    lines = [
        f"Early stopping ({patience} dev losses without a new best; the best weights are used):",
        "",
    ]
    for name in results.names():
        for outcome in results.of(name):
            if outcome.facts["losses"]:
                best, stopped = stop_of(outcome.facts["losses"])
                ended = outcome.facts["stopped"]
                lines.append(
                    f"- {name}, seed {outcome.seed}: lowest at step {best}, ended at {stopped} "
                    f"({ended})"
                )
    return "\n".join(lines)


def stop_of(losses: list[dict[str, Any]]) -> tuple[int, int]:
    """(step of the lowest dev loss, last step) of a run's lines."""
    dev = [(row["dev_loss"], row["step"]) for row in losses if "dev_loss" in row]
    return min(dev)[1], max(row["step"] for row in losses)


def _gate(out: Path) -> str:
    import json

    scores = json.loads((out / GATE_SCORES).read_text(encoding="utf-8"))
    learnt = scores["learnt from"]
    return (
        f"The gate learnt from {learnt['related']} questions on the topic and "
        f"{learnt['unrelated']} on others. The original project gave F1 {ORIGINAL} for its own "
        f"questions.\n\n{expert_gate.markdown(scores)}"
    )
