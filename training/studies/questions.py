"""Questions and answers about a text (an article of Wikipedia, say), written by a model you run.

    python -m training.studies.questions article.txt --url http://127.0.0.1:8080/v1 \\
        --model my-model --out tesla.jsonl
    python -m training.study expert --topic tesla.jsonl --out results/studies/mine

Any OpenAI-compatible server will do (llama-server, vLLM, TGI). Each paragraph gives up to five
pairs. A pair is kept only if its answer stands in the paragraph; read them before training.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import Any

from prompts import Prompt
from proofreader.asking import Ask, Engine, Sampling
from proofreader.errors import ProofreadError
from proofreader.remote import RemoteEngine

SHORTEST = 30  # words of a paragraph
SYSTEM = (
    "You write quiz questions. From the passage make five questions that make sense without it, "
    "each with a short answer copied word for word from it. Write each on one line, as\n"
    "Q: question | A: answer"
)
LINE = re.compile(
    r"^[\W\d]*Q:\s*(?P<question>[^|]+\?)\s*\|\s*A:\s*(?P<answer>.+?)\s*$", re.MULTILINE
)


def paragraphs(text: str) -> list[str]:
    """The paragraphs of an article that are long enough to ask about."""
    found = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text)]
    return [part for part in found if len(part.split()) >= SHORTEST]


def pairs(engine: Engine, passage: str) -> Iterator[dict[str, Any]]:
    """The pairs about one passage, as rows of training/studies/expert_data.py."""
    ask = Ask(Prompt("questions", 1, SYSTEM, passage), None, Sampling(max_tokens=400))
    said = "".join(engine.complete(ask, Event()))
    for match in LINE.finditer(said):
        answer = match["answer"].rstrip(".")
        if answer.lower() in passage.lower():
            question = match["question"].strip()
            yield {"question": question, "answers": [answer], "context": passage}


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("article", type=Path, help="plain text, paragraphs parted by empty lines")
    parser.add_argument("--url", required=True, help="of an OpenAI-compatible server")
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(argv)
    try:
        if not given.article.is_file():
            raise ProofreadError(f"{given.article}: no such file")
        engine = RemoteEngine(given.url, given.model)
        with given.out.open("w", encoding="utf-8") as file:
            for number, passage in enumerate(paragraphs(given.article.read_text("utf-8")), 1):
                rows = list(pairs(engine, passage))
                file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
                print(f"paragraph {number}: {len(rows)} pairs", file=sys.stderr, flush=True)
    except ProofreadError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
