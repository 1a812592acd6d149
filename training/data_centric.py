"""What the data does: the same base untuned, tuned on general instructions, tuned on grammar.

    python -m training.data_centric --steps 150 --out results/data_centric

One recipe, the same number of steps and pairs; only the data differs. Each of the three corrects
the written test sentences that have mistakes (training/data, never trained on). The two that never
saw the proofreader's prompt are asked as a chat model is (prompts/instruct.yaml). The general
instructions may be studied but not shipped: nothing trained here goes into the product.
"""

import argparse
import gzip
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from random import Random
from typing import Any

from proofreader.errors import ProofreadError
from training import mixture
from training.encoding import Example
from training.recipe import Recipe
from training.tasks import get

ROOT = Path(__file__).parent.parent
NAMES = ("base", "general instructions", "grammar")
LONGEST = 900  # characters of an instruction with its answer


def instructions(data: Path) -> list[Example]:
    """General instructions with their answers, as chat pairs."""
    folder = data / "studies"
    found: list[tuple[str, str]] = []
    with gzip.open(folder / "instructions_1100.json.gz", "rt", encoding="utf-8") as file:
        found += [pair_of(row) for row in json.load(file)]
    for path in sorted(folder.glob("*.jsonl")):
        if path.name.startswith(("selfinstruct", "dolly")):
            found += [pair_of(json.loads(line)) for line in path.read_text("utf-8").splitlines()]
    return [
        Example(asked, answer, chat=True, origin="instructions")
        for asked, answer in dict.fromkeys(found)
        if asked and answer and len(asked) + len(answer) <= LONGEST
    ]


def pair_of(row: dict[str, Any]) -> tuple[str, str]:
    asked = row.get("instruction") or row.get("prompt") or ""
    given = row.get("input") or row.get("context") or ""
    answer = row.get("output") or row.get("response") or ""
    if not answer and row.get("instances"):
        given = given or row["instances"][0].get("input", "")
        answer = row["instances"][0].get("output", "")
    return "\n".join(filter(None, (asked.strip(), given.strip()))), answer.strip()


def grammar(recipe: Recipe) -> list[Example]:
    """Pairs that teach to mend mistakes, nothing else."""
    pairs = mixture.build(recipe).train
    return [pair for pair in pairs if pair.goal == "errors only"]


def compare(recipe: Recipe, out: Path) -> dict[str, Any]:
    """Train and measure the three; figures, and every prediction, go to `out`."""
    from training.answers import answers, corrected, prompts_of, revised
    from training.checkpoints import RunFolder
    from training.encoding import Encoder
    from training.models import load
    from training.train import encode, fit

    data = (ROOT / recipe.data).resolve()
    tests = [Example(line.text, line.references[0]) for line in get("corrections").load(data)]
    tests = [test for test in tests if test.source != test.target]
    sets = {"base": [], "general instructions": instructions(data), "grammar": grammar(recipe)}
    table: dict[str, Any] = {}
    for name in NAMES:
        model, tokenizer = load(recipe)
        encoder, began = Encoder(tokenizer), time.monotonic()
        pairs = encode(sets[name], encoder, replace(recipe, longest=320))
        Random(recipe.seed).shuffle(pairs)
        folder = RunFolder(out / "runs" / name.split()[0])
        if pairs:
            folder.describe(recipe, {}, len(pairs), recipe.steps)
            fit(model, pairs, [], recipe, folder, tokenizer)
        seconds = time.monotonic() - began
        prompt = "proofread" if name == "grammar" else "instruct"
        said = answers(model, tokenizer, encoder, prompts_of(tests, prompt), tell=_tell(name))
        outputs = [revised(test.source, answer) for test, answer in zip(tests, said, strict=True)]
        scores = corrected(outputs, tests)
        table[name] = {
            "pairs": min(len(pairs), recipe.steps * recipe.batch) if pairs else 0,
            "seconds": round(seconds, 1),
            **{figure: asdict(score) for figure, score in scores.items()},
        }
        rows = zip(tests, said, strict=True)
        kept = [{"text": t.source, "wanted": t.target, "answer": a} for t, a in rows]
        file = out / f"{name.split()[0]}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")
    return table


def _tell(name: str):
    return lambda done, of: print(f"{name}: {done}/{of} answers", file=sys.stderr, flush=True)


def markdown(table: dict[str, Any]) -> str:
    """The figures as rows."""
    figures = ("corrected exactly", "needed edits made", "nearer to right")
    lines = ["| trained on | pairs | seconds | " + " | ".join(figures) + " |", "|---" * 6 + "|"]
    for name, row in table.items():
        cells = [
            f"{row[f]['value']:.1f} % [{row[f]['low']:.1f}, {row[f]['high']:.1f}]" for f in figures
        ]
        lines.append(
            f"| {name} | {row['pairs']} | {row['seconds']:.0f} | " + " | ".join(cells) + " |"
        )
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipe", type=Path, default=ROOT / "training/recipes/embedded.yaml")
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--out", type=Path, default=Path("runs/data_centric"))
    options = parser.parse_args(argv)
    try:
        size = options.steps * 16
        recipe = Recipe.load(
            options.recipe,
            f"steps={options.steps}",
            f"corrupted={size}",
            f"clean={size // 4}",
            "written_repeats=1",
            "harper_repeats=1",
            "dev=0",
        )
        options.out.mkdir(parents=True, exist_ok=True)
        table = compare(recipe, options.out)
    except ProofreadError as error:
        print(error, file=sys.stderr)
        return 1
    (options.out / "table.json").write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    (options.out / "table.md").write_text(markdown(table) + "\n", encoding="utf-8")
    print(markdown(table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
