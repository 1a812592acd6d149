"""Count the words of clean English text into proofreader/lexicon.tsv (word, tab, count).

    python -m training.lexicon ../shared/data/clean

A word written with a capital in nearly every mid-sentence place is kept with its capital: a name.
Only words that Harper knows in some dialect of English are kept, so misprints do not get in.
"""

import argparse
import gzip
import re
from collections import Counter
from pathlib import Path

TARGET = Path(__file__).parent.parent / "proofreader" / "lexicon.tsv"
WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?")
NAME_SHARE = 0.9
LEAST = 2


def count(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """(lower-case counts, counts with a capital in mid-sentence) over each *.txt.gz."""
    lower, capital = Counter(), Counter()
    for path in sorted(folder.glob("*.txt.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                words = WORD.findall(line.replace("\u2019", "'"))
                for position, word in enumerate(words):
                    if word.islower():
                        lower[word] += 1
                    elif position and word[:1].isupper() and word[1:].islower():
                        capital[word] += 1
    return lower, capital


def known(words: list[str]) -> set[str]:
    """Those of `words` that Harper accepts in at least one dialect."""
    from harper import Dialect, Linter

    unknown = set(words)
    for dialect in Dialect:
        linter = Linter(dialect)
        linter.set_lint_config({name: name == "SpellCheck" for name in linter.get_lint_config()})
        pool = sorted(unknown)
        for begin in range(0, len(pool), 200):
            batch = pool[begin : begin + 200]
            wrong = {
                lint.problem_text for lint in linter.lint("\n\n".join(batch), language="plaintext")
            }
            unknown -= set(batch) - wrong
    return set(words) - unknown


def main() -> None:
    """Write the list, commonest words first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    lower, capital = count(parser.parse_args().folder)
    total = Counter()
    for word in {*lower, *(name.lower() for name in capital)}:
        names = capital[word.capitalize()]
        is_name = names >= 5 and names > NAME_SHARE * (names + lower[word])
        total[word.capitalize() if is_name else word] = names if is_name else lower[word]
    kept = [word for word, times in total.items() if times >= LEAST]
    accepted = known(kept)
    lines = [f"{word}\t{times}\n" for word, times in total.most_common() if word in accepted]
    TARGET.write_text("".join(lines), encoding="utf-8")
    print(f"{len(lines)} words -> {TARGET.name}")


if __name__ == "__main__":
    main()
