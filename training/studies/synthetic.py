"""Study 4, synthetic data: what pairs written by a larger model add to real ones.

    python -m training.study synthetic
    python -m training.study synthetic --form training/recipes/studies/synthetic-bloom-560m.yaml

English to French: A the base, B real pairs of Tatoeba, C twice as many synthetic ones
(training/data_studies/synthetic_en_fr.jsonl, made as training/studies/make_pairs.py does), D both;
beside them as many real pairs as C has, and a real pair for every place of the run. All take the
same number of steps. Tatoeba is split by the English side. Then the same question for the
proofreader: sentences broken by rule, written ones, both; tested on written dev sentences.
"""

import gzip
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from training import mixture
from training.corruption import corrupt, load_mixture
from training.encoding import Example
from training.metrics import word_edits
from training.recipe import Recipe
from training.studies import synthetic_report
from training.studies.leakage import Overlap, Pair, keep, overlap, plain
from training.studies.make_pairs import WORDS, read
from training.studies.measures import BLEU, Measure, Row, share
from training.studies.text_measures import CHRF
from training.study import Data, Options, Study, Trial

DATA = ("pairs",)
WRITTEN = Path(__file__).parent.parent / "data_studies" / "synthetic_en_fr.jsonl"
REQUEST = "Translate into French: "
PARTS = 20  # of the English sentences, by a checksum of their words: 0 tests, 1 is for the dev loss
REAL, TEST, DEV = 300, 300, 80
STEPS, BATCH = 300, 16
PLACES = STEPS * BATCH
TRANSLATION, PROOFREADING = "English to French", "Proofreading"


def _percent(sums: Sequence[float]) -> float:
    return 100.0 * sums[0] / sums[1] if sums[1] else 0.0


def _edits(row: Row) -> tuple[frozenset, frozenset, frozenset]:
    """(needed, made, still needed) edits of a corrected sentence."""
    source, target, answer = row["source"], row["target"], row["answer"]
    return word_edits(source, target), word_edits(source, answer), word_edits(answer, target)


def _exact(row: Row) -> tuple[float, float]:
    flawed = bool(_edits(row)[0])
    return float(flawed and row["answer"] == row["target"]), float(flawed)


def _made(row: Row) -> tuple[float, float]:
    needed, made, _ = _edits(row)
    return float(len(needed & made)), float(len(needed))


def _nearer(row: Row) -> tuple[float, float]:
    needed, _, left = _edits(row)
    return float(len(left) < len(needed)), float(bool(needed))


def _false(row: Row) -> tuple[float, float]:
    needed, made, _ = _edits(row)
    return float(not needed and bool(made)), float(not needed)


TRANSLATED = (BLEU, CHRF, share("changed", lambda row: row["answer"] != row["source"]))
CORRECTED = (  # as training.answers.corrected counts, and what happened to error-free sentences
    Measure("corrected exactly", _exact, _percent),
    Measure("needed edits made", _made, _percent),
    Measure("nearer to right", _nearer, _percent),
    Measure("right sentences changed", _false, _percent, better=-1),
)


@dataclass(frozen=True)
class Translations:
    """Sets to train on by name, and a dev and a test set; versions are all French ones of a test
    sentence. `checked` says which pairs of each set were left out."""

    sets: dict[str, list[Pair]]
    dev: list[Pair]
    test: list[Pair]
    versions: dict[str, list[str]]
    checked: dict[str, tuple[list[Pair], Overlap]]


def tatoeba(options: Options) -> dict[str, list[str]]:
    """The French versions of each English sentence of WORDS words, in an order drawn once."""
    rows = options.rows("pairs", "train")
    if rows is None:
        with gzip.open(options.read("tatoeba_en_fr.tsv.gz"), "rt", encoding="utf-8") as file:
            lines = list(islice(file, options.size(10**9, 20_000)))
        sides = [line.rstrip("\n").split("\t")[:2] for line in lines]
    else:
        sides = [[row["english"], row["non_english"]] for row in rows]
    found: dict[str, list[str]] = {}
    for english, french in sides:
        if len(english.split()) in WORDS:
            tidy = " ".join(french.replace("\u2019", "'").split())
            found.setdefault(" ".join(english.split()), []).append(tidy)
    names = sorted(found)
    Random(0).shuffle(names)
    return {name: list(dict.fromkeys(found[name])) for name in names}


def load(options: Options) -> Translations:
    """All sets, without pairs that repeat or leak."""
    versions = tatoeba(options)
    parts: dict[str, list[Pair]] = {"test": [], "dev": [], "train": []}
    for english, french in versions.items():
        number = zlib.crc32(plain(english).encode()) % PARTS
        name = {0: "test", 1: "dev"}.get(number, "train")
        parts[name].append(Pair(english, french[0]))
    test, dev = parts["test"][: options.size(TEST)], parts["dev"][: options.size(DEV)]
    held = [Pair(pair.en, french) for pair in test for french in versions[pair.en]]
    wanted = {
        "synthetic": [Pair(made.en, made.fr) for made in read(WRITTEN)][: options.size(10**6)],
        "real": parts["train"][: options.size(PLACES * 5 // 4, 12)],  # some will repeat
    }
    checked = {name: (pairs, overlap(pairs, held)) for name, pairs in wanted.items()}
    synthetic, real = (keep(*checked[name]) for name in ("synthetic", "real"))
    few = real[: options.size(REAL, 3)]
    sets = {
        "a-base": [], "b-real": few, "c-synthetic": synthetic, "d-both": few + synthetic,
        "real-as-many-as-c": real[: len(synthetic)], "real-for-every-place": real[:PLACES],
    }  # fmt: skip
    return Translations(sets, dev, test, {p.en: versions[p.en] for p in test}, checked)


def _asked(pairs: Sequence[Pair], origin: str) -> list[Example]:
    return [Example(REQUEST + pair.en, pair.fr, "", origin, chat=True) for pair in pairs]


def _translating(options: Options, found: Callable[[], Translations]) -> list[Trial]:
    def data(name: str) -> Data:
        pairs = found().sets[name]
        dev = _asked(found().dev, "dev") if pairs else []
        versions = {REQUEST + english: french for english, french in found().versions.items()}
        test = _asked(found().test, "test")
        return Data(_asked(pairs, name), dev, test, references=versions)

    def predict(tuned, data: Data) -> list[Row]:
        from training.studies.running import answered

        rows = answered(tuned, data, 64)
        for row in rows:
            row["source"] = row["source"].removeprefix(REQUEST)
        return rows

    recipe = options.recipe(steps=STEPS, batch=BATCH, eval_every=50, save_every=STEPS)
    names = ("a-base", "b-real", "c-synthetic", "d-both")
    names += ("real-as-many-as-c", "real-for-every-place")
    return [
        Trial(
            name, recipe, lambda name=name: data(name), TRANSLATED, predict, TRANSLATION,
            int(name == "a-base"),
        )
        for name in names
    ]  # fmt: skip


def broken(options: Options, count: int) -> list[Example]:
    """Clean sentences with mistakes put in by rule in as many of them as of the written ones."""
    folder = options.data.resolve()
    if options.smoke:
        random, rules = Random(0), load_mixture(mixture.ROOT / Recipe().mistakes)
        lines = mixture.read_clean("parakweet", folder)[:count]
        made = [corrupt(line, rules, random) for line in lines]
        return [Example(pair.source, pair.target) for pair in made if pair]
    like = written(count)
    flawed = round(count * sum(pair.source != pair.target for pair in like) / len(like))
    only = Recipe(
        data=str(folder), corrupted=flawed, clean=count - flawed, harper_repeats=0,
        written_repeats=0, goal_repeats=0, dev=0,
    )  # fmt: skip
    return mixture.build(only).train


def written(count: int) -> list[Example]:
    """Written training sentences with their corrections, drawn once, none of dev or test."""
    seen = {plain(pair.source) for split in ("dev", "test") for pair in mixture.written(split)[0]}
    rows = [pair for pair in mixture.written("train")[0] if plain(pair.source) not in seen]
    Random(0).shuffle(rows)
    return rows[:count]


def _proofreading(options: Options) -> list[Trial]:
    size = options.size(PLACES)
    parts: dict[str, Callable[[], list[Example]]] = {
        "by-rule": cache(lambda: broken(options, size)),
        "written": cache(lambda: written(size)),
    }
    parts["rule-and-written"] = lambda: parts["by-rule"]() + parts["written"]()
    parts["copy"] = list

    def data(name: str) -> Data:
        held = mixture.written("dev")[0]
        dev, test = held[::3], [pair for at, pair in enumerate(held) if at % 3]
        train, few = parts[name](), options.size(10**6)
        return Data(train, dev[:few] if train else [], test[:few])

    def predict(tuned, data: Data) -> list[dict[str, Any]]:
        from training.answers import revised
        from training.studies.running import answered, row

        if not data.train:
            return [row(pair, pair.source, data) for pair in data.test]
        rows = answered(tuned, data, 160)
        return [{**one, "answer": revised(one["source"], one["answer"])} for one in rows]

    recipe = options.recipe(steps=STEPS, batch=BATCH, eval_every=50, save_every=STEPS)
    return [
        Trial(
            f"proofread-{name}", recipe, lambda name=name: data(name), CORRECTED, predict,
            PROOFREADING, int(name == "copy"),
        )
        for name in ("copy", "by-rule", "written", "rule-and-written")
    ]  # fmt: skip


def build(options: Options) -> Study:
    """The study; sentences are read when a trial wants them. The Hub form has the first half."""
    found = cache(lambda: load(options))
    ours = [] if options.form.data else _proofreading(options)
    return Study(
        "synthetic",
        "Synthetic data: what written pairs add to real ones",
        (*_translating(options, found), *ours),
        lambda results: synthetic_report.words(results, found().checked),
    )
