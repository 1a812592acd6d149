"""Make the mistakes people make in correct sentences, to train a proofreader on.

    python -m training.corruption --mistakes training/recipes/mistakes.yaml < clean.txt

    mixture = load_mixture(Path("training/recipes/mistakes.yaml"))
    corrupt("She doesn't have any information.", mixture, Random(0))

The rates are data: a YAML file gives each writer (native, learner) a share, the mean number of
mistakes and a weight for each kind. Names, numbers, links and quotations are never touched.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml

from proofreader.errors import ProofreadError
from training import mistakes_learner, mistakes_native
from training.mistake_draft import Draft
from training.mistake_words import LISTS

Rule = Callable[[Draft, Random], bool]
RULES: dict[str, Rule] = {
    name: rule
    for module in (mistakes_native, mistakes_learner)
    for name, rule in vars(module).items()
    if callable(rule) and rule.__module__ == module.__name__ and not name.startswith("_")
}
TRIES = 8  # kinds tried for one mistake before the sentence is left as it is
FACT = re.compile(r"https?://\S+|\S+@\S+|\d[\d.,:/]*\d|\d")


@dataclass(frozen=True)
class Writer:
    """How one sort of writer errs. weights: kind -> share; more: chance of yet another mistake."""

    name: str
    share: float
    more: float
    most: int
    weights: dict[str, float]


@dataclass(frozen=True)
class Corrupted:
    """A pair and what was done. source != target, and both hold the same facts."""

    source: str
    target: str
    kinds: tuple[str, ...]


def load_mixture(path: Path) -> tuple[Writer, ...]:
    """The writers of a mistakes file. ProofreadError names an unknown kind of mistake."""
    writers = []
    for name, entry in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        unknown = sorted(entry["weights"].keys() - RULES.keys())
        if unknown:
            known = ", ".join(sorted(RULES))
            raise ProofreadError(
                f"{path}: no kind of mistake called {unknown[0]!r}; there are: {known}"
            )
        writers.append(
            Writer(
                name,
                float(entry["share"]),
                float(entry["more"]),
                int(entry["most"]),
                entry["weights"],
            )
        )
    return tuple(writers)


def facts(text: str) -> list[str]:
    """Numbers, links and addresses in order: what a pair must share."""
    return FACT.findall(text)


def corrupt(text: str, mixture: tuple[Writer, ...], random: Random) -> Corrupted | None:
    """`text` with a mistake or more; None where none fits or the pair fails its check."""
    writer = random.choices(mixture, [writer.share for writer in mixture])[0]
    count = 1
    while count < writer.most and random.random() < writer.more:
        count += 1
    kinds, weights = list(writer.weights), list(writer.weights.values())
    draft, made = Draft(text), []
    for _ in range(count):
        for kind in random.choices(kinds, weights, k=TRIES):
            if RULES[kind](draft, random):
                made.append(kind)
                break
    source = str(draft).strip()
    if not made or source == text or facts(source) != facts(text) or not source:
        return None
    return Corrupted(source, text, tuple(made))


def run_on(first: str, second: str, random: Random) -> Corrupted | None:
    """Two sentences run into one, as in "I rang, he was out."; None where that is not likely."""
    if not (first.endswith(".") and second[:1].isupper()):
        return None
    head = second.split(" ", 1)[0]
    small = head if head in ("I", "I'm", "I'll", "I've", "I'd") else second[:1].lower() + head[1:]
    if head.lower() not in LISTS["sentence_starts"]:
        return None
    joint = random.choices((", ", " ", ". "), (70, 20, 10))[0]
    source = first[:-1] + joint + small + second[len(head) :]
    target = f"{first} {second}"
    return Corrupted(source, target, ("run_on",)) if source != target else None


def corrupt_all(
    texts: Iterable[str], mixture: tuple[Writer, ...], seed: int
) -> Iterator[Corrupted | None]:
    """One result for each text, the same for the same seed."""
    random = Random(seed)
    return (corrupt(text, mixture, random) for text in texts)


def main() -> None:
    """Read clean sentences, print kinds, source and target."""
    parser = argparse.ArgumentParser(description=__doc__)
    here = Path(__file__).parent
    parser.add_argument("--mistakes", type=Path, default=here / "recipes" / "mistakes.yaml")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    lines = (line.strip() for line in sys.stdin if line.strip())
    for pair in corrupt_all(lines, load_mixture(options.mistakes), options.seed):
        if pair:
            print(",".join(pair.kinds), pair.source, pair.target, sep="\t")


if __name__ == "__main__":
    main()
