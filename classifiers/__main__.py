"""Print the sentiment and politeness of texts, each from -1 to 1.

    python -m classifiers email.txt               # one line for the file, an email as a whole
    python -m classifiers --lines - < lines.txt   # one line for each line
    python -m classifiers --json email.txt        # {"sentiment": 0.42, "politeness": 0.61}

Prints JSON, an object a line, where the output is no terminal or with --json; words otherwise.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from classifiers.hub import HubScorer, add_flags, named_models
from classifiers.tone import Scorer, Tone, ToneScorer, aggregate, politeness_word, sentiment_word

SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[A-Z0-9])|\s*\n\s*")


def main(arguments: Sequence[str] | None = None) -> int:
    """Score what the command line names; returns the exit status."""
    given = _parser().parse_args(arguments)
    try:
        scorer = _scorer(given)
        for name, tone in _scores(given, scorer):
            print(_shown(name, tone, given.json or not sys.stdout.isatty()))
    except (ValueError, OSError) as error:
        print(f"classifiers: {error}", file=sys.stderr)
        return 2
    return 0


def sentences(text: str) -> list[str]:
    """`text` cut roughly into sentences: at line ends, and after . ! ? before a new beginning."""
    return [part.strip() for part in SENTENCE_END.split(text) if part and part.strip()]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m classifiers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="*", default=["-"], metavar="FILE", help="- for the input")
    parser.add_argument("--lines", action="store_true", help="score each line by itself")
    parser.add_argument("--json", action="store_true", help="JSON on a terminal, too")
    add_flags(parser)
    return parser


def _scorer(given: argparse.Namespace) -> Scorer:
    models = named_models(given)
    return HubScorer(**models) if models else ToneScorer()


def _scores(given: argparse.Namespace, scorer: Scorer) -> Iterator[tuple[str, Tone]]:
    for name in given.files:
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8", "replace")
        if given.lines:
            lines = [line for line in text.splitlines() if line.strip()]
            yield from zip(lines, scorer.score(lines), strict=True)
        else:
            yield name, aggregate(scorer.score(sentences(text)))


def _shown(name: str, tone: Tone, as_json: bool) -> str:
    if as_json:
        scores = {"sentiment": tone.sentiment, "politeness": tone.politeness}
        return json.dumps({key: round(score, 4) for key, score in scores.items()})
    feeling, manners = sentiment_word(tone.sentiment), politeness_word(tone.politeness)
    left = f"{tone.sentiment:+.2f} {feeling[1]:<8}"
    return f"{left} {tone.politeness:+.2f} {manners[1]:<13} {name[:60]}"


if __name__ == "__main__":
    raise SystemExit(main())
