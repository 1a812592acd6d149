"""The labelled texts the tone classifiers learn from: public sets and the written emails beside it.

    from classifiers.corpora import public, written
    public(Path("../shared/data"), "train"); written("politeness", "test")

With `source="hub"` the public sets come from the Hugging Face Hub by name instead of a folder.
"""

import csv
import gzip
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

WRITTEN = Path(__file__).with_name("data")
LABELLED = ("sentiment", "politeness")  # both hold both labels
SENTIMENTS = ("negative", "neutral", "positive")
TYDIP_SCALE = 1.2  # spreads the annotators' -3..3 over -1..1: the outer quartiles start at +-0.35
TYDIP_FILES = "hf://datasets/Genius1237/TyDiP/data/all/"  # loading by name gives two classes only
HUB_SETS = {  # arguments of datasets.load_dataset
    "sst2": {"path": "stanfordnlp/sst2"},
    "goemotions": {"path": "google-research-datasets/go_emotions", "name": "simplified"},
    "tydip": {
        "path": "csv",
        "data_files": {part: f"{TYDIP_FILES}en_{part}.csv" for part in ("train", "test")},
    },
}
# GoEmotions label numbers, grouped as in the paper's sentiment grouping; the rest is ambiguous.
GO_POSITIVE = frozenset({0, 1, 4, 5, 8, 13, 15, 17, 18, 20, 21, 23})
GO_NEGATIVE = frozenset({2, 3, 9, 10, 11, 12, 14, 16, 19, 24, 25})
GO_NEUTRAL = 27


@dataclass(frozen=True)
class Example:
    """A text and what is known of it; a label that is not known is None.

    sentiment: index into SENTIMENTS. binary: neutral was no choice for the annotators.
    politeness: -1..1. partner: a text that must score the same, or be ruder (`relation`).
    """

    text: str
    sentiment: int | None = None
    binary: bool = False
    politeness: float | None = None
    partner: str | None = None
    relation: str = ""
    source: str = ""
    topic: str = ""


def public(folder: Path, split: str, source: str = "folder") -> dict[str, list[Example]]:
    """The public sets of `split` ("train", "dev" or "test") by name: sst2, goemotions, tydip.

    TyDiP has no dev part; a tenth of its training part, every tenth row, serves as one.
    """
    if source == "hub":
        return {name: list(_from_hub(name, split)) for name in HUB_SETS}
    if not folder.is_dir():
        raise ValueError(f"No data in {folder}. Name its folder with --data, or use --source hub.")
    return {
        "sst2": list(_sst2(folder / "sentiment" / f"sst2_{split}.tsv.gz")),
        "goemotions": list(_goemotions(folder / "sentiment" / f"goemotions_3class_{split}.tsv.gz")),
        "tydip": list(_tydip(folder / "politeness", split)),
    }


def written(name: str, split: str) -> list[Example]:
    """Written email sentences of classifiers/data/`name`.jsonl in `split`, with their labels."""
    return [
        Example(
            row["text"],
            sentiment=SENTIMENTS.index(row["sentiment"]),
            politeness=row["politeness"],
            source=f"written {name}",
            topic=row["topic"],
        )
        for row in written_rows(name, split)
    ]


def written_rows(name: str, split: str) -> list[dict]:
    """Rows of classifiers/data/`name`.jsonl in `split` as they stand."""
    lines = (WRITTEN / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["split"] == split]


def written_pairs(split: str) -> list[Example]:
    """Pairs that say the same thing: the politer text, its partner the ruder one."""
    return [
        Example(row["politer"], partner=row["ruder"], relation="politer", topic=row["topic"])
        for row in written_rows("pairs", split)
    ]


def toxic_pairs(folder: Path) -> list[Example]:
    """ParaDetox (CC0): a neutral rewrite, its partner the toxic original."""
    with gzip.open(folder / "studies" / "paradetox.tsv.gz", "rt", encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    return [
        Example(row[1], partner=row[0], relation="politer", source="paradetox")
        for row in rows
        if len(row) > 1 and row[1] and len(row[0]) < 160
    ]


def plain_sentences(folder: Path, name: str, limit: int) -> list[str]:
    """Up to `limit` sentences spread evenly over clean/`name`.txt.gz, unlabelled."""
    with gzip.open(folder / "clean" / f"{name}.txt.gz", "rt", encoding="utf-8") as lines:
        texts = [line.strip() for line in lines if 20 < len(line) < 140]
    return texts[:: max(1, len(texts) // limit)][:limit]


def squash(score: float) -> float:
    """A Stanford politeness score (about -3..3) on our scale (-1..1)."""
    return math.tanh(score / TYDIP_SCALE)


def _sst2(path: Path) -> Iterator[Example]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            text, label = line.rstrip("\n").rsplit("\t", 1)
            yield Example(text.strip(), 2 * int(label), binary=True, source="sst2")


def _goemotions(path: Path) -> Iterator[Example]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            label, text = line.rstrip("\n").split("\t", 1)
            yield Example(text, SENTIMENTS.index(label), source="goemotions")


def _tydip(folder: Path, split: str) -> Iterator[Example]:
    name = "test" if split == "test" else "train"
    with open(folder / f"tydip_en_{name}.csv", encoding="utf-8", newline="") as lines:
        yield from _graded(csv.DictReader(lines), split)


def _graded(rows: Iterable[dict], split: str) -> Iterator[Example]:
    for number, row in enumerate(rows):
        if split == "test" or (number % 10 == 0) == (split == "dev"):
            score = squash(float(row["score"]))
            yield Example(row["sentence"], politeness=score, source="tydip")


def _from_hub(name: str, split: str) -> Iterator[Example]:
    try:
        from datasets import load_dataset
    except ImportError:
        raise ValueError("--source hub needs the package datasets: pip install datasets") from None

    hub_split = {"train": "train", "dev": "validation", "test": "test"}[split]
    if name == "sst2":
        # GLUE hides the labels of SST-2's test part, so its validation part is the test here.
        hub_split = {"train": "train[:90%]", "dev": "train[90%:]", "test": "validation"}[split]
    if name == "tydip":
        hub_split = "test" if split == "test" else "train"
    rows = load_dataset(**HUB_SETS[name], split=hub_split)
    if name == "tydip":
        yield from _graded(rows, split)
        return
    for row in rows:
        if name == "sst2":
            yield Example(row["sentence"].strip(), 2 * row["label"], binary=True, source=name)
        elif (label := _three_classes(set(row["labels"]))) is not None:
            yield Example(row["text"], label, source=name)


def _three_classes(emotions: set[int]) -> int | None:
    groups = [GO_NEGATIVE, {GO_NEUTRAL}, GO_POSITIVE]
    hits = [number for number, group in enumerate(groups) if emotions & group]
    return hits[0] if len(hits) == 1 else None
