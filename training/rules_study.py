"""Measure each rule of Harper: does its first suggestion help, and how often is it a false alarm?

    python -m training.rules_study ../shared/data --limit 8000        # writes results/rules.json

Help: word edit distance to the four JFLEG dev references falls (or rises) when the first
suggestion is taken. False alarms: how often it fires on text that two annotators left alone
(CWEB dev) and on published text (US government, OpenStax, Tatoeba), in clean sentences.
"""

import argparse
import gzip
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from proofreader import rules

OUT = Path("results/rules.json")
CLEAN = ("us_gov_public_domain", "openstax_ccby", "tatoeba_en")


def plain(line: str) -> str:
    """A tokenised line as ordinary text."""
    line = re.sub(r" ([,.;:!?)\]%])", r"\1", line.strip())
    line = re.sub(r" (n't|'s|'re|'ve|'m|'ll|'d)\b", r"\1", line)
    return re.sub(r"([(\[$]) ", r"\1", line)


def words(text: str) -> list[str]:
    return re.findall(r"\w+(?:'\w+)?|[^\w\s]", text)


def jfleg(folder: Path) -> list[tuple[str, list[str]]]:
    """(source, four references)"""
    read = [
        (folder / name).read_text(encoding="utf-8").splitlines()
        for name in ("src.txt", "ref0.txt", "ref1.txt", "ref2.txt", "ref3.txt")
    ]
    return [(plain(source), [plain(r) for r in refs]) for source, *refs in zip(*read, strict=True)]


def clean(data: Path, limit: int) -> list[str]:
    """Sentences without mistakes, `limit` from each source."""
    found: list[str] = []
    for part in ("cweb_g_dev", "cweb_s_dev"):
        files = [
            (data / "eval" / part / name).read_text(encoding="utf-8").splitlines()
            for name in ("src.txt", "ref0.txt", "ref1.txt")
        ]
        found += [plain(a) for a, b, c in zip(*files, strict=True) if a == b == c]
    for name in CLEAN:
        with gzip.open(data / "clean" / f"{name}.txt.gz", "rt", encoding="utf-8") as lines:
            rows = lines.read().splitlines()
        found += random.Random(0).sample(rows, min(limit, len(rows)))
    return found


COLUMNS = ("helped", "harmed", "same", "false_alarms")


def confident(text: str) -> list[rules.Suggestion]:
    """What is taken without a model."""
    return [found for found in rules.suggest(text) if found.confident]


def _count(
    table: dict[str, dict[str, int]],
    pairs: list[tuple[str, list[str]]],
    sentences: list[str],
    find: Callable[[str], list[rules.Suggestion]],
) -> None:
    for source, references in pairs:
        for found in find(source):
            if found.candidates:
                table[found.rule][_verdict(source, references, found)] += 1
    for sentence in sentences:
        for found in find(sentence):
            table[found.rule]["false_alarms"] += bool(found.candidates)


def _verdict(source: str, references: list[str], found: rules.Suggestion) -> str:
    after = source[: found.start] + found.candidates[0] + source[found.end :]
    gain = sum(
        Levenshtein.distance(words(source), words(reference))
        - Levenshtein.distance(words(after), words(reference))
        for reference in references
    )
    return "helped" if gain > 0 else "harmed" if gain < 0 else "same"


def main() -> None:
    """Score every rule and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--limit", type=int, default=8000)
    arguments = parser.parse_args()
    pairs = jfleg(arguments.data / "eval" / "jfleg_dev")
    sentences = clean(arguments.data, arguments.limit)
    table: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COLUMNS, 0))
    _count(table, pairs, sentences, rules.everything)
    shipped: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COLUMNS, 0))
    _count(shipped, pairs, sentences, confident)
    totals = {name: sum(row[name] for row in shipped.values()) for name in COLUMNS}
    changed = sum(rules.apply_confident(sentence) != sentence for sentence in sentences)
    report = {
        "command": f"python -m training.rules_study DATA --limit {arguments.limit}",
        "clean_sentences": len(sentences),
        "confident": totals,
        "confident_by_rule": dict(sorted(shipped.items())),
        "clean_sentences_changed": changed,
        "rules": dict(sorted(table.items())),
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"{len(table)} rules fired; {len(sentences)} clean sentences -> {OUT}")


if __name__ == "__main__":
    main()
