"""Data sets of the Hugging Face Hub as pairs to train on.

    python -m training.hub_data "s-nlp/paradetox:5, ambrosfitz/2k_grammar_corrections:5"

Known are sets of corrections, of rude sentences with civil ones (they teach "calmer") and of
conversations (they keep a general model general). Each has its own licence; see its page before
sharing what was trained on it. Needs the package `datasets`.
"""

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from proofreader.errors import ProofreadError
from training import mixture
from training.encoding import Example
from training.recipe import Recipe

NAMED = re.compile(r"([\w.-]+/[\w.-]+)(?:@([\w.-]+))?(?::(\d+))?")
# Sets of corrections call their columns one of these; the first pair that a row has is taken.
PAIRS = (
    ("input", "output"),
    ("incorrect", "correct"),
    ("incorrect", "corrected"),
    ("original", "corrected"),
    ("source", "target"),
    ("sentence", "corrected_sentence"),
    ("incorrect_sentence", "correct_sentence"),
    ("ungrammatical", "grammatical"),
    ("Ungrammatical Statement", "Standard English"),
    ("text", "correction"),
    ("instruction", "output"),
)
ASKED = re.compile(
    r"^\s*(?:please )?(?:fix|correct|improve|check|edit|rewrite)\b[^:\n]{0,80}:\s*", re.IGNORECASE
)
LONGEST_CHAT = 2000  # characters of a request with its answer


@dataclass(frozen=True)
class Wanted:
    """One data set of a recipe's `hub`: rows 0 means all, revision "" the newest."""

    name: str
    revision: str = ""
    rows: int = 0


def parse(hub: str) -> list[Wanted]:
    """The sets that "owner/name:rows, owner/name@revision" names. ProofreadError for others."""
    wanted = []
    for item in filter(None, (part.strip() for part in hub.split(","))):
        match = NAMED.fullmatch(item)
        if not match:
            raise ProofreadError(
                f"hub: {item!r} should look like owner/name, owner/name:rows or "
                "owner/name@revision:rows"
            )
        if match[1] not in READERS:
            raise ProofreadError(
                f"hub: {match[1]} is not a known data set. There are: {', '.join(READERS)}. "
                "Another one needs a reader in training/hub_data.py."
            )
        wanted.append(Wanted(match[1], match[2] or "", int(match[3] or 0)))
    return wanted


def correction(row: dict[str, Any]) -> Example | None:
    """A row of a set of corrections. ProofreadError when no columns of PAIRS are there."""
    for wrong, right in PAIRS:
        if wrong in row and right in row:
            source = ASKED.sub("", str(row[wrong] or "")).strip()
            target = str(row[right] or "").strip()
            return Example(source, target, origin="hub") if source and target else None
    raise ProofreadError(
        f"The corrections have the columns {', '.join(row)}; none of the pairs that "
        "training/hub_data.py knows (PAIRS) is among them. Add it there."
    )


def detoxified(row: dict[str, Any]) -> Example | None:
    """A rude sentence with its civil version, as a pair for "calmer"."""
    source, target = (
        " ".join(str(row[key] or "").split()) for key in ("en_toxic_comment", "en_neutral_comment")
    )
    return Example(source, target, "calmer", "hub") if source and target else None


def conversation(row: dict[str, Any]) -> Example | None:
    """The first request of a conversation with its answer; None without one or if it is long."""
    turns = [turn for turn in row["conversations"] if turn["from"] != "system"]
    speakers = [turn["from"] for turn in turns[:2]]
    if len(turns) < len(row["conversations"]) or speakers != ["human", "gpt"]:
        return None
    asked, answered = (turn["value"].strip() for turn in turns[:2])
    if not asked or not answered or len(asked) + len(answered) > LONGEST_CHAT:
        return None
    return Example(asked, answered, "", "hub", chat=True)


READERS: dict[str, Callable[[dict[str, Any]], Example | None]] = {
    "ambrosfitz/2k_grammar_corrections": correction,
    "s-nlp/paradetox": detoxified,
    "mlabonne/FineTome-100k": conversation,
}


def download(wanted: Wanted) -> Iterable[dict[str, Any]]:
    """The rows of a set's training part, from the Hub or datasets' cache."""
    try:
        from datasets import load_dataset
    except ImportError as error:
        raise ProofreadError("Data of the Hub needs: pip install datasets") from error
    try:
        return load_dataset(wanted.name, split="train", revision=wanted.revision or None)
    except (OSError, ValueError) as error:
        raise ProofreadError(
            f"{wanted.name} could not be read: {error}\nCheck the network, or leave it out of hub."
        ) from error


def read(wanted: Wanted, seed: int, rows: Iterable[dict[str, Any]]) -> list[Example]:
    """The pairs of one set: `wanted.rows` of them, drawn with `seed`, each once."""
    try:
        found = list(dict.fromkeys(filter(None, map(READERS[wanted.name], rows))))
    except KeyError as error:
        raise ProofreadError(f"{wanted.name} has no column {error} any more") from error
    Random(f"{seed} {wanted.name}").shuffle(found)
    return found[: wanted.rows or None]


def load(
    recipe: Recipe, rows_of: Callable[[Wanted], Iterable[dict[str, Any]]] = download
) -> tuple[list[Example], dict[str, str]]:
    """(pairs, sha256 of each set's pairs by its name) of the recipe's `hub`."""
    pairs, hashes = [], {}
    for wanted in parse(recipe.hub):
        found = read(wanted, recipe.seed, rows_of(wanted))
        text = json.dumps([vars(pair) for pair in found], sort_keys=True)
        hashes[wanted.name] = hashlib.sha256(text.encode()).hexdigest()
        pairs += found
    return pairs, hashes


def mix(
    recipe: Recipe, rows_of: Callable[[Wanted], Iterable[dict[str, Any]]] = download
) -> mixture.Mixture:
    """The recipe's own mixture with the Hub's pairs spread over it.

    Without sentences from corpora (corrupted, clean and harper_repeats 0) nothing outside this
    repository and the Hub is read.
    """
    if recipe.corrupted or recipe.clean or recipe.harper_repeats:
        base = mixture.build(recipe)
    else:
        base = _written(recipe)
    if not recipe.hub:
        return base
    pairs, hashes = load(recipe, rows_of)
    train = base.train + _unseen(pairs, base.dev)
    Random(recipe.seed).shuffle(train)
    return replace(base, train=train, hashes=base.hashes | hashes)


def _unseen(pairs: list[Example], dev: list[Example]) -> list[Example]:
    """The pairs whose words are neither in the dev pairs nor in the written tests."""
    kept_out = [*dev, *(pair for part in mixture.written("test") for pair in part)]
    seen = {words(pair.source) for pair in kept_out}
    return [pair for pair in pairs if words(pair.source) not in seen]


def words(text: str) -> str:
    """Words alone, which is what two texts are compared by."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _written(recipe: Recipe) -> mixture.Mixture:
    random = Random(recipe.seed)
    parts = {}
    for split in ("train", "dev"):
        corrections, goals = mixture.written(split)
        if split == "train":
            corrections, goals = (
                corrections * recipe.written_repeats,
                goals * recipe.goal_repeats,
            )
        parts[split] = corrections + goals
        random.shuffle(parts[split])
    dev = parts["dev"][: recipe.dev]
    train = _unseen(parts["train"], dev)
    files = sorted(mixture.WRITTEN.glob("*.jsonl"))
    hashes = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    return mixture.Mixture(train, dev, hashes)


def main() -> int:
    """Print pairs of the sets named on the command line; returns the exit status."""
    try:
        for pair in load(Recipe(hub=", ".join(sys.argv[1:])))[0]:
            print(json.dumps(vars(pair), ensure_ascii=False))
    except ProofreadError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
