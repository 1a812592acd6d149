"""English-French sentence pairs made by a larger model, for the study of synthetic data.

    llama-server -m larger.gguf --port 8080
    python -m training.studies.make_pairs --url http://127.0.0.1:8080/v1 --model larger \
        --theme "travelling by train" --theme "the garden" --out my_pairs.jsonl

Asks for a batch of pairs for each theme, keeps the prompt with each pair, and drops lines that are
no pair, have another length, or say nearly the same as one before.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from threading import Event

from prompts import Prompt
from proofreader.asking import Ask, Engine, Sampling
from proofreader.errors import ProofreadError
from training.studies.leakage import Pair, keep, overlap

PROMPT = Template(
    "Write $count everyday English sentences of 4 to 15 words about $theme. No two with the same "
    "pattern; vary person, tense and kind of sentence. Give each with a natural French translation."
)
FORM = "\nOne pair a line, nothing else: the English sentence, then ||, then the French one."
WORDS = range(4, 16)
NUMBERED = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s*")
TOKENS_A_PAIR = 70


@dataclass(frozen=True)
class Made:
    """A pair with where it is from, as a line of training/data_studies/synthetic_en_fr.jsonl."""

    id: str
    en: str
    fr: str
    prompt: str


def pairs_of(answer: str) -> list[Pair]:
    """The lines of an answer that are "English || French" of a fit length."""
    found = []
    for line in answer.splitlines():
        sides = [" ".join(side.split()) for side in NUMBERED.sub("", line).split("||")]
        if len(sides) != 2 or not all(sides) or sides[0].lower() == sides[1].lower():
            continue
        if len(sides[0].split()) in WORDS and len(sides[1].split()) <= 2 * WORDS.stop:
            found.append(Pair(*sides))
    return found


def make(engine: Engine, themes: Iterable[str], count: int = 20, seed: int = 0) -> list[Made]:
    """Up to `count` pairs for each theme, none like another. ProofreadError from the engine."""
    made: list[Made] = []
    for number, theme in enumerate(themes, 1):
        text = PROMPT.substitute(count=count, theme=theme)
        options = Sampling(temperature=0.8, max_tokens=TOKENS_A_PAIR * count, seed=seed + number)
        ask = Ask(Prompt("synthetic_pairs", 1, "", text + FORM), None, options)
        answer = "".join(engine.complete(ask, Event()))
        found = [Pair(one.en, one.fr) for one in made] + pairs_of(answer)
        fresh = keep(found, overlap(found, []))[len(made) :][:count]
        name = re.sub(r"\W+", "-", theme.lower()).strip("-")
        made += [Made(f"{name}-{at:02}", p.en, p.fr, text) for at, p in enumerate(fresh, 1)]
    return made


def read(path: Path) -> list[Made]:
    """The pairs of a file. ProofreadError when it is missing or a row lacks a field."""
    if not path.is_file():
        raise ProofreadError(f"{path} is missing. Make it: python -m training.studies.make_pairs")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    try:
        return [Made(row["id"], row["en"], row["fr"], row["prompt"]) for row in rows]
    except KeyError as error:
        raise ProofreadError(f"{path}: a row has no {error}") from error


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--url", required=True, help="an OpenAI-compatible server, up to /v1")
    parser.add_argument("--model", help="the model's name on the server")
    parser.add_argument("--token", help="if the server wants one")
    parser.add_argument("--theme", action="append", required=True, help="may be given many times")
    parser.add_argument("--count", type=int, default=20, help="pairs for each theme")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(argv)
    from proofreader.remote import RemoteEngine

    try:
        engine = RemoteEngine(options.url, options.model, options.token)
        made = make(engine, options.theme, options.count, options.seed)
    except ProofreadError as error:
        print(error, file=sys.stderr)
        return 1
    lines = (json.dumps(vars(one), ensure_ascii=False) + "\n" for one in made)
    options.out.write_text("".join(lines), encoding="utf-8")
    print(f"{options.out}: {len(made)} pairs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
