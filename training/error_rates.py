"""The mistakes that the corruption makes, beside the mistakes that people make.

    python -m training.error_rates --out results/error_rates.json

People: the written corrections (train split), Harper's test pairs, JFLEG dev (learners) and CWEB
dev (websites); the last two only measure. Every pair is cut into edits by proofreader.edits.align,
so that one yardstick counts all of them.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random

from proofreader.edits import align
from training import mixture
from training.corruption import corrupt, load_mixture
from training.metrics import plain_text
from training.recipe import Recipe
from training.tasks import read_lines

ROOT = Path(__file__).parent.parent
SAMPLE = 2000  # pairs of a source at most


def rates(pairs: Iterable[tuple[str, str]]) -> dict:
    """Of (wrong, right) pairs: the percentage of each kind among all edits, edits a wrong sentence,
    and the share of sentences with an edit."""
    kinds: Counter[str] = Counter()
    wrong = total = 0
    for source, target in pairs:
        edits = align(source, target)
        kinds.update(edit.kind for edit in edits)
        wrong += bool(edits)
        total += 1
    count = kinds.total() or 1
    return {
        "sentences": total,
        "with mistakes": round(wrong / (total or 1), 3),
        "edits in a wrong sentence": round(kinds.total() / (wrong or 1), 2),
        "kinds": {kind: round(100 * hits / count, 1) for kind, hits in kinds.most_common()},
    }


def divergence(one: dict[str, float], other: dict[str, float]) -> float:
    """Half the sum of the differences of two tables of percentages: 0 alike, 100 nothing shared."""
    return sum(abs(one.get(kind, 0) - other.get(kind, 0)) for kind in {**one, **other}) / 2


def people(data: Path) -> dict[str, list[tuple[str, str]]]:
    """(wrong, right) pairs of each source of real mistakes."""
    corrections, _ = mixture.written("train")
    harper = mixture.harper_pairs(data)
    found = {
        "written": [(pair.source, pair.target) for pair in corrections],
        "harper": [(pair.source, pair.target) for pair in harper],
    }
    for name, folder in (("jfleg dev", "jfleg_dev"), ("cweb dev", "cweb_g_dev")):
        at = data / "eval" / folder
        columns = [map(plain_text, read_lines(at / file)) for file in ("src.txt", "ref0.txt")]
        found[name] = list(zip(*columns, strict=True))
    return {name: sample(pairs) for name, pairs in found.items()}


def sample(pairs: list) -> list:
    """At most SAMPLE of them, always the same."""
    return pairs if len(pairs) <= SAMPLE else Random(0).sample(pairs, SAMPLE)


def made(recipe: Recipe) -> dict[str, list[tuple[str, str]]]:
    """(wrong, right) pairs that the corruption makes of clean sentences, by sort of writer."""
    folder, random = (ROOT / recipe.data).resolve(), Random(recipe.seed)
    writers = load_mixture(ROOT / recipe.mistakes)
    lines: list[str] = []
    for corpus, share in mixture.CLEAN.items():
        read = mixture.read_clean(corpus, folder)
        lines += random.sample(read, min(len(read), int(SAMPLE * share)))
    found = {}
    for name, chosen in [("all", writers), *((writer.name, (writer,)) for writer in writers)]:
        pairs = (corrupt(line, chosen, random) for line in lines)
        found[f"made, {name}"] = [(pair.source, pair.target) for pair in pairs if pair]
    return found


def main() -> None:
    """Count, print a table, keep it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipe", type=Path, default=ROOT / "training/recipes/embedded.yaml")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    recipe = Recipe.load(options.recipe)
    sources = {**people((ROOT / recipe.data).resolve()), **made(recipe)}
    found = {name: rates(pairs) for name, pairs in sources.items()}
    kinds = list({kind: None for row in found.values() for kind in row["kinds"]})
    print(f"{'% of edits':26}", *(f"{name:>14}" for name in found))
    for kind in kinds:
        print(f"{kind:26}", *(f"{row['kinds'].get(kind, 0):14.1f}" for row in found.values()))
    print(
        f"{'edits a wrong sentence':26}",
        *(f"{r['edits in a wrong sentence']:14}" for r in found.values()),
    )
    apart = {
        f"{one} and {other}": round(divergence(found[one]["kinds"], found[other]["kinds"]), 1)
        for one, other in (
            ("made, all", "written"),
            ("made, native", "harper"),
            ("made, learner", "jfleg dev"),
            ("written", "jfleg dev"),
            ("harper", "cweb dev"),
        )
    }
    for names, value in apart.items():
        print(f"apart, {names}: {value}")
    if options.out:
        text = json.dumps({"rates": found, "apart": apart}, indent=1)
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
