"""Study 1, detoxification: a small base learns to rewrite rude comments civilly (ParaDetox).

    python -m training.study detox
    python -m training.study detox --form training/recipes/studies/detox-bloom-1b1.yaml

Rude comments are split by their words into four parts: to train on, for the dev loss, to test, and
to fit the classifier that judges the style, which therefore knows nothing of the training. Three
trials only rewrite by rule (copy, delete) or show another person's version (human). The comments
are kept in rot13 in predictions/, and the report masks insults.
"""

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from training.encoding import Example
from training.mixture import written
from training.studies import detox_report
from training.studies.civility import Style, learn, unveil, veil, without_listed
from training.studies.measures import BLEU, PERPLEXITY, Row, mean, plain, share
from training.studies.text_measures import CHRF, ROUGE_1, ROUGE_2, ROUGE_L, through
from training.study import Data, Options, Study, Trial

DATA = ("pairs",)
REQUEST = "Rewrite this comment without insults and keep what it says:\n"
PARTS = 20  # of all comments, by a checksum of their words
TEST, DEV, STYLE = range(0, 2), range(2, 3), range(3, 10)  # the other ten are to train on
SIZES = {"train": 4000, "dev": 80, "test": 300, "style": 5000}
STEPS = 250
KEPT = through(lambda row: {**row, "references": [row["source"]]}, CHRF, "kept (chrF to source)")
MEASURES = tuple(
    through(unveil, measure)
    for measure in (
        share("civil", lambda row: row["civil"] >= 0.5),
        mean("meaning", lambda row: 100 * row["like"]),
        mean("civil and meaning", lambda row: 100 * (row["civil"] >= 0.5) * row["like"]),
        KEPT,
        PERPLEXITY, BLEU, CHRF, ROUGE_1, ROUGE_2, ROUGE_L,
    )
)  # fmt: skip
CALMER = (
    mean("politeness", lambda row: 100 * row["politeness"]),
    share("changed", lambda row: row["answer"] != row["source"]),
    BLEU, CHRF,
)  # fmt: skip


@dataclass(frozen=True)
class Comments:
    """Pairs of a rude comment and a civil version; the test ones have at least two versions."""

    train: list[Example]
    dev: list[Example]
    test: list[Example]
    versions: dict[str, list[str]]  # all civil versions of each test comment
    style: Style


def read(options: Options) -> dict[str, list[str]]:
    """The civil versions of each rude comment, from the Hub or the data folder."""
    found: dict[str, list[str]] = {}
    rows = options.rows("pairs", "train")
    if rows is None:
        with gzip.open(options.read("paradetox.tsv.gz"), "rt", encoding="utf-8") as file:
            lines = [line.rstrip("\n").split("\t") for line in file][1:]
    else:
        lines = [[row["en_toxic_comment"], row["en_neutral_comment"]] for row in rows]
    for rude, *civil in lines:
        kept = [" ".join(text.split()) for text in civil if text.strip()]
        found.setdefault(" ".join(rude.split()), []).extend(kept)
    return {rude: list(dict.fromkeys(civil)) for rude, civil in found.items() if civil}


def load(options: Options) -> Comments:
    """The four parts, the same ones each time."""
    parts: dict[str, list[tuple[str, list[str]]]] = {name: [] for name in SIZES}
    for rude, civil in read(options).items():
        number = zlib.crc32(plain(rude).encode()) % PARTS
        name = "test" if number in TEST else "dev" if number in DEV else "train"
        name = "style" if number in STYLE else name
        if name != "test" or len(civil) > 1:
            parts[name].append((rude, civil))
    sizes = {name: options.size(SIZES[name], 400 if name == "style" else 6) for name in SIZES}
    chosen = {name: parts[name][: sizes[name]] for name in parts}
    pairs = {
        name: [
            Example(REQUEST + rude, civil[0], chat=True, origin="paradetox") for rude, civil in rows
        ]
        for name, rows in chosen.items()
    }
    style = learn(
        [rude for rude, _ in chosen["style"]],
        [text for _, civil in chosen["style"] for text in civil],
    )
    versions = dict(chosen["test"])
    return Comments(pairs["train"], pairs["dev"], pairs["test"], versions, style)


def judged(tuned, rows: list[Row], comments: Comments) -> list[Row]:
    """The rows with what the measures need, and veiled."""
    from training.studies.fluency import fluency
    from training.studies.likeness import likeness

    answers = [row["answer"] for row in rows]
    sources = [row["source"].removeprefix(REQUEST) for row in rows]
    likely, alike = fluency(tuned.recipe, answers), likeness(sources, answers)
    civil = comments.style.civil(answers)
    made = []
    found = zip(rows, sources, likely, civil, alike, strict=True)
    for row, source, (nats, tokens), sure, like in found:
        facts = {"source": source, "civil": sure, "like": like, "nats": nats, "tokens": tokens}
        made.append(veil({**row, **facts}))
    return made


def _by_model(comments: Callable[[], Comments]) -> Callable[[Any, Data], list[Row]]:
    from training.studies.running import answered

    return lambda tuned, data: judged(tuned, answered(tuned, data, 64), comments())


def _by_rule(
    comments: Callable[[], Comments], rewrite: Callable[[str], dict[str, Any]]
) -> Callable[[Any, Data], list[Row]]:
    def predict(tuned, data: Data) -> list[Row]:
        from training.studies.running import row

        rows = [row(one, "", data) | rewrite(one.source.removeprefix(REQUEST)) for one in data.test]
        return judged(tuned, rows, comments())

    return predict


def _rewriting(options: Options, comments: Callable[[], Comments]) -> list[Trial]:
    def data(learns: bool) -> Callable[[], Data]:
        def parts() -> Data:
            found = comments()
            train, dev = (found.train, found.dev) if learns else ([], [])
            versions = {REQUEST + rude: civil for rude, civil in found.versions.items()}
            return Data(train, dev, found.test, references=versions)

        return parts

    def human(source: str) -> dict[str, Any]:
        first, *others = comments().versions[source]
        return {"answer": first, "references": others}

    rules = {
        "copy": lambda source: {"answer": source},
        "delete": lambda source: {"answer": without_listed(source)},
        "human": human,
    }
    plainly = options.recipe(steps=STEPS)
    trials = [
        Trial(name, plainly, data(False), MEASURES, _by_rule(comments, rule), "Civil comments", 1)
        for name, rule in rules.items()
    ]
    asked = _by_model(comments)
    trials.append(Trial("base", plainly, data(False), MEASURES, asked, "Civil comments", 1))
    kinds: dict[str, dict[str, Any]] = {
        "lora": {},
        "lora-half": {},  # the same once more, to be run with the steps of the next three
        "lora-checkpointing": {"checkpointing": True},
        "lora-fp32": {"precision": "fp32"},
        "lora-fp32-checkpointing": {"precision": "fp32", "checkpointing": True},
    }
    for name, settings in kinds.items():
        recipe = options.recipe(steps=STEPS, eval_every=50, save_every=STEPS, **settings)
        group, seeds = ("Civil comments", 0) if name == "lora" else ("Precision and memory", 1)
        trials.append(Trial(name, recipe, data(True), MEASURES, asked, group, seeds))
    return trials


def _polite(tuned, data: Data) -> list[Row]:
    """Answers to the app's own prompt, with their politeness as the app measures it, -1..1."""
    from classifiers.tone import ToneScorer
    from training.answers import revised
    from training.studies.running import answered, row

    copied = [row(example, example.source, data) for example in data.test]
    rows = answered(tuned, data, 160) if data.train else copied
    for one in rows:
        one["answer"] = revised(one["source"], one["answer"])
    tones = ToneScorer().score([one["answer"] for one in rows])
    return [{**one, "politeness": tone.politeness} for one, tone in zip(rows, tones, strict=True)]


def _calmer(options: Options, comments: Callable[[], Comments]) -> list[Trial]:
    """Does ParaDetox help the app's goal "calmer"? Tested on written emails, not on comments."""

    def ours(split: str) -> list[Example]:
        return [pair for pair in written(split)[1] if pair.goal == "calmer"]

    def data(name: str) -> Data:
        rows, test = ours("train"), ours("dev")
        learned, dev = [row for at, row in enumerate(rows) if at % 9], rows[::9]
        foreign = [
            Example(pair.source.removeprefix(REQUEST), pair.target, "calmer", "paradetox")
            for pair in comments().train[:1000]
        ]
        train = {
            "copy": [],
            "written": learned,
            "paradetox": foreign,
            "both": learned * 4 + foreign,
        }
        size = options.size(10**6)
        return Data(train[name][:size], dev[:size] if train[name] else [], test[:size])

    recipe = options.recipe(steps=120, eval_every=20, save_every=120, longest=320)
    return [
        Trial(
            f"calmer-{name}", recipe, lambda name=name: data(name), CALMER, _polite,
            "Calmer emails", int(name == "copy"),
        )
        for name in ("copy", "written", "paradetox", "both")
    ]  # fmt: skip


def build(options: Options) -> Study:
    """The study; comments are read when a trial wants them."""
    comments = cache(lambda: load(options))
    trials = _rewriting(options, comments) + _calmer(options, comments)
    return Study(
        "detox",
        "Detoxification: what LoRA teaches a small base about rude comments",
        tuple(trials),
        lambda results: detox_report.words(results, comments().style, REQUEST),
        detox_report.figures,
    )
