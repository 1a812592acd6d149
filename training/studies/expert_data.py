"""Questions about one topic, its passages, and questions about anything else.

    data = topic(options)                 # training/studies/expert.py's examples
    nearest(passages)("Who was his rival?")      # the passage that shares most with the question

The topic is a title of SQuAD (Nikola_Tesla 511 questions, Martin_Luther 479, Genghis_Khan 245) or
a .jsonl file of {"question", "answers", "context"}, as training/studies/questions.py makes them.
Questions of a paragraph are shared out over the parts, so each fact of a tested answer stands in a
passage that a trial may read, though no trained question gives it away word for word.
"""

import csv
import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from classifiers.related import features
from proofreader.errors import ProofreadError
from training.encoding import Example
from training.studies.measures import plain
from training.study import Data, Options

TESTS, DEVS = 0.2, 0.1
FEWEST = 20  # questions of a topic
UNRELATED = 2000  # of each kind to learn from, and as many to test on
LONGEST_PASSAGE = 110  # words; the one that is found may be cut


@dataclass(frozen=True)
class Topic:
    """Closed-book data, the passages, and questions that a gate must refuse.

    Of `others`, which are about SQuAD's other titles, and of `unrelated`, which are about anything,
    the first part is to learn from and the second, of other titles, to test on.
    """

    name: str
    data: Data
    passages: tuple[str, ...]
    others: tuple[list[str], list[str]]
    unrelated: tuple[list[str], list[str]]


def _squad(options: Options) -> list[dict[str, Any]]:
    hub = options.rows("squad", "test")
    if hub is not None:
        return [{**row, "answers": row["answers"]["text"]} for row in hub]
    with gzip.open(options.read("squad_dev_v1.1.jsonl.gz"), "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _unrelated(options: Options) -> list[str]:
    hub = options.rows("unrelated", "train")
    if hub is not None:
        return [row["text"] for row in hub]
    with gzip.open(options.read("questions_unrelated.tsv.gz"), "rt", encoding="utf-8") as file:
        return [row[-1] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row]


def _own(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise ProofreadError(f"{path}: no such file. training/studies/questions.py makes one.")
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]
        if all(row["question"].strip() and row["answers"][0] for row in rows):
            return rows
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        pass
    raise ProofreadError(f"{path}: every line must be JSON with a question and answers")


@cache
def topic(options: Options) -> Topic:
    """The topic of the options. ProofreadError when it is none of SQuAD's titles, nor a file."""
    squad = _squad(options)
    path = Path(options.topic)
    rows = _own(path) if path.suffix == ".jsonl" else _titled(squad, options.topic)
    rows = list({plain(row["question"]): row for row in rows}.values())
    if len(rows) < FEWEST:
        raise ProofreadError(
            f"{options.topic}: {len(rows)} questions; at least {FEWEST} are needed"
        )
    Random(0).shuffle(rows)
    tests, devs = int(len(rows) * TESTS), int(len(rows) * DEVS)
    made = [Example(row["question"].strip(), row["answers"][0], "", "", chat=True) for row in rows]
    test, dev, train = made[:tests], made[tests : tests + devs], made[tests + devs :]
    data = Data(
        train[: options.size(len(train))],
        dev[: options.size(len(dev), 2)],
        test[: options.size(len(test))],
        references={row["question"].strip(): sorted({*row["answers"]}) for row in rows},
    )
    passages = dict.fromkeys(row["context"] for row in rows if row.get("context"))
    loose = list(dict.fromkeys(map(str.strip, _unrelated(options))))
    Random(0).shuffle(loose)
    halves = loose[:UNRELATED], loose[UNRELATED : 2 * UNRELATED]
    return Topic(path.stem, data, tuple(passages), _others(squad, options.topic), halves)


def _others(squad: Sequence[dict[str, Any]], title: str) -> tuple[list[str], list[str]]:
    titles = sorted({row["title"] for row in squad} - {title})
    Random(0).shuffle(titles)
    first = {*titles[: len(titles) // 2]}
    parts: tuple[list[str], list[str]] = ([], [])
    for row in squad:
        if row["title"] != title:
            parts[row["title"] not in first].append(row["question"].strip())
    for part in parts:
        Random(0).shuffle(part)
        del part[UNRELATED:]
    return parts


def _titled(squad: Sequence[dict[str, Any]], title: str) -> list[dict[str, Any]]:
    rows = [row for row in squad if row["title"] == title]
    if not rows:
        some = ", ".join(islice(dict.fromkeys(row["title"] for row in squad), 8))
        raise ProofreadError(f"SQuAD has no {title!r}. It has {some} and others, or give a .jsonl.")
    return rows


def nearest(passages: Sequence[str]) -> Callable[[str], str]:
    """A function from a question to the passage that it shares most with, by TF-IDF.

    Pieces of words count, not whole ones, since a question bends words: on Nikola Tesla that
    found the right one of 92 passages for 72 of 101 questions, whole words for 59.
    """
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not passages:
        raise ProofreadError("The topic has no passages to look into: its rows need a context.")
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    matrix = vectorizer.fit_transform(passages)

    def find(question: str) -> str:
        likeness = (matrix @ vectorizer.transform([question]).T).toarray()[:, 0]
        return passages[int(np.argmax(likeness))]

    return find


def window(passage: str, question: str) -> str:
    """LONGEST_PASSAGE words of the passage: those with the most words of the question."""
    words, asked = passage.split(), {*features(question)}
    starts = range(0, max(1, len(words) - LONGEST_PASSAGE + 1), 10)

    def shared(start: int) -> int:
        return len(asked & {*features(" ".join(words[start : start + LONGEST_PASSAGE]))})

    best = max(starts, key=shared)
    return " ".join(words[best : best + LONGEST_PASSAGE])


def reading(question: str, passage: str) -> str:
    """The request of an expert that may read a passage."""
    return f"{window(passage, question)}\n\n{question}"


def open_book(topic_: Topic) -> Data:
    """The same examples, each question after the passage that is found for it."""
    find, data = nearest(topic_.passages), topic_.data

    def given(part: Sequence[Example]) -> list[Example]:
        return [
            Example(reading(one.source, find(one.source)), one.target, "", "", chat=True)
            for one in part
        ]

    parts = [given(part) for part in (data.train, data.dev, data.test)]
    asked = [one.source for part in (data.train, data.dev, data.test) for one in part]
    read = [one.source for part in parts for one in part]
    references = {new: data.references[old] for new, old in zip(read, asked, strict=True)}
    return Data(*parts, references=references)
