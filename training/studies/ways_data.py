"""The four tasks of training/studies/ways.py as examples, from the data folder or the Hub.

    TASKS["spam"].read(options)      # Data: train, dev, test

Classes are asked for in words and answered with a word; a head gets the same request.
"""

import csv
import gzip
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from training.data_centric import instructions, pair_of
from training.encoding import Example
from training.study import Data, Options

WORDS = 70  # of a review are read: its end, where the verdict mostly is
DEV, TEST = 120, 500
Labelled = tuple[str, str, str]  # request, label, origin


@dataclass(frozen=True)
class Task:
    """One task: its data by the number of training examples, and its classes if it has any."""

    read: Callable[[Options], Data]
    labels: tuple[str, ...] = ()


def table(options: Options, name: str) -> list[list[str]]:
    """The rows of a tab-separated file of the data folder."""
    with gzip.open(options.read(name), "rt", encoding="utf-8") as file:
        return list(csv.reader(io.StringIO(file.read()), delimiter="\t"))


def _json_lines(options: Options, name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(options.read(name), "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def split(
    rows: Iterable[Labelled], options: Options, count: int, tests: Iterable[Labelled] = ()
) -> Data:
    """Examples without repeats: `count` to learn from, DEV, TEST; the same for every trial.

    Without `tests` they are taken from the rows. No request of the tests is in the others, be it
    with other numbers or marks.
    """
    kept = list(dict.fromkeys(tests))
    learn = list(dict.fromkeys(rows))
    Random(0).shuffle(learn)
    Random(1).shuffle(kept)
    if not kept:
        cut = min(TEST, len(learn) // 4)
        kept, learn = learn[:cut], learn[cut:]
    kept = kept[: options.size(TEST)]
    asked = {_letters(request) for request, *_ in kept}
    learn = [row for row in learn if _letters(row[0]) not in asked]
    made = [Example(q, a, "", origin, chat=True) for q, a, origin in learn]
    dev = options.size(DEV, 2)
    train = made[dev : dev + options.size(count)]
    return Data(train, made[:dev], [Example(q, a, "", origin, chat=True) for q, a, origin in kept])


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", " ", text.lower()).strip()


def classed(data: Data, labels: Sequence[str]) -> Data:
    """The same examples for a head."""
    return Data(data.train, data.dev, data.test, tuple(labels))


@cache
def _spam(options: Options) -> Data:
    hub = options.rows("spam", "train")
    if hub is None:
        pairs = [(row[1], row[0]) for row in table(options, "sms_spam.tsv.gz") if len(row) > 1]
    else:
        pairs = [(row["sms"], ("ham", "spam")[row["label"]]) for row in hub]
    words = {"ham": "normal", "spam": "spam"}
    rows = [
        (f"Is this text message spam or normal?\n{text.strip()}", words[label], "sms")
        for text, label in pairs
        if label in words
    ]
    return split(rows, options, 960)


def review(text: str) -> str:
    """The request for a review's last WORDS words."""
    last = " ".join(text.replace("<br />", " ").split()[-WORDS:])
    return f"Is this the end of a positive or a negative film review?\n{last}"


@cache
def _sentiment(options: Options) -> Data:
    words = {"pos": "positive", "neg": "negative"}
    parts = []
    for part in ("train", "test"):
        hub = options.rows("sentiment", part)
        if hub is None:
            read = _json_lines(options, f"imdb_{part}.jsonl.gz")
            parts.append([(review(row["text"]), words[row["label"]], "imdb") for row in read])
        else:
            numbered = ("negative", "positive")
            parts.append([(review(row["text"]), numbered[row["label"]], "imdb") for row in hub])
    return split(parts[0], options, 960, parts[1])


RELATIONS = ("entailment", "neutral", "contradiction")


def _nli(premise: str, claim: str, label: str, origin: str) -> Labelled:
    asked = (
        f"Premise: {premise.strip()}\nClaim: {claim.strip()}\n"
        "Does the premise mean the claim (entailment), leave it open (neutral) or rule it out "
        "(contradiction)?"
    )
    return asked, label, origin


def _nli_rows(options: Options, part: str) -> list[Labelled]:
    hub = options.rows("entailment", part)
    if hub is not None:
        rows = [(row["premise"], row["hypothesis"], row["label"]) for row in hub]
        return [_nli(p, h, RELATIONS[label], "snli") for p, h, label in rows if label >= 0]
    names = {"train": "snli_dev", "test": "snli_test"}
    rows = [tuple(row) for row in table(options, f"{names[part]}.tsv.gz")]
    return [_nli(p, h, label, "snli") for p, h, label in rows if label in RELATIONS]


@cache
def _entailment(options: Options) -> Data:
    """Trained on SNLI; tested on SNLI and, from the folder, on CAD-NLI's edited pairs as well."""
    tests = _nli_rows(options, "test")
    if not options.form.data:
        Random(2).shuffle(tests)
        edited = [tuple(row) for row in table(options, "cad_nli_test.tsv.gz")]
        counter = [_nli(p, h, label, "cad") for p, h, label in edited if label in RELATIONS]
        Random(2).shuffle(counter)
        tests = tests[: TEST * 3 // 5] + counter[: TEST * 2 // 5]
    premises = {request.split("\n")[0] for request, *_ in tests}
    learn = [row for row in _nli_rows(options, "train") if row[0].split("\n")[0] not in premises]
    return split(learn, options, 1920, tests)


@cache
def _instructions(options: Options) -> Data:
    hub = options.rows("instructions", "train")
    if hub is None:
        pairs = [(one.source, one.target) for one in instructions(options.data.resolve())]
    else:
        pairs = [pair_of(row) for row in hub]
    rows = [(asked, answer, "instructions") for asked, answer in pairs if asked and answer]
    return split(rows, options, 960)


TASKS = {
    "spam": Task(_spam, ("normal", "spam")),
    "sentiment": Task(_sentiment, ("negative", "positive")),
    "entailment": Task(_entailment, RELATIONS),
    "instructions": Task(_instructions),
}
