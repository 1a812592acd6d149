"""What the report of training/studies/synthetic.py says in words, from the results."""

from collections.abc import Mapping, Sequence
from typing import Any

from training.studies.leakage import Overlap, Pair, table
from training.studies.results import Results
from training.studies.tables import compared

COMPARED = {
    ("c-synthetic", "a-base"): "synthetic pairs against none",
    ("b-real", "a-base"): "half as many real pairs against none",
    ("c-synthetic", "b-real"): "synthetic pairs against half as many real ones",
    ("c-synthetic", "real-as-many-as-c"): "synthetic pairs against as many real ones",
    ("d-both", "b-real"): "synthetic pairs added to the real ones",
    ("d-both", "c-synthetic"): "real pairs added to the synthetic ones",
    ("real-for-every-place", "d-both"): "a new real pair at every place against both",
}
PROOFREADING = {
    ("proofread-written", "proofread-by-rule"): "written sentences against ones broken by rule",
    ("proofread-rule-and-written", "proofread-by-rule"): "written added to broken by rule",
    ("proofread-rule-and-written", "proofread-written"): "broken by rule added to written",
}
EXAMPLES = 6


def words(results: Results, checked: Mapping[str, tuple[Sequence[Pair], Overlap]]) -> str:
    """The report's text."""
    trained = [one for one in results.outcomes if one.facts["steps"]]
    if not trained:
        return "Nothing was trained yet."
    parts = [
        _what(results, trained[0].facts),
        "Duplicates and leakage, by words and by likeness (90 of 100) on either side; what is "
        "counted here was left out before training:",
        table(dict(checked)),
        *filter(None, [_compared(results, COMPARED)]),
    ]
    if ours := _compared(results, PROOFREADING):
        told = (
            "The same question for the proofreader, on written dev sentences that chose no weights:"
        )
        parts += [told, ours]
    parts += filter(None, [_examples(results)])
    return "\n\n".join(parts)


def _what(results: Results, facts: Mapping[str, Any]) -> str:
    recipe = facts["recipe"]
    size = recipe["batch"] * recipe["accumulation"]
    sizes = {name: results.cost(name)["pairs"] for name in results.names()}
    told = ", ".join(f"{name} {size:,.0f}" for name, size in sizes.items() if size)
    return (
        f"Base: {recipe['base']}. Every run takes {facts['steps']} steps of {size} "
        f"pairs, so that small sets are seen more often; pairs to learn from: {told}. The weights "
        "of the lowest dev loss are measured; for English to French the dev pairs are real ones, "
        "which is a small help to the synthetic sets. BLEU is sacreBLEU's, chrF is chrF2; both "
        "take all of Tatoeba's French versions of a sentence as references. Tested on "
        f"{facts['test']} sentences."
    )


def _compared(results: Results, pairs: Mapping[tuple[str, str], str]) -> str:
    trials = [name for pair in pairs for name in pair if name in results.names()]
    keys = dict.fromkeys(key for name in trials for key in results.measures[name])
    return compared(results, pairs, [key for key in keys if key != "changed"], pairs)


def _examples(results: Results) -> str:
    names = [name for name in ("b-real", "c-synthetic", "d-both") if name in results.names()]
    if not names:
        return ""
    lines = ["The first test sentences:", "", "| English | " + " | ".join(names) + " |"]
    lines.append("|---" * (len(names) + 1) + "|")
    rows = [results.of(name)[0].rows[:EXAMPLES] for name in names]
    for same in zip(*rows, strict=True):
        cells = [same[0]["source"], *(row["answer"] for row in same)]
        lines.append("| " + " | ".join(" ".join(c.replace("|", "/").split()) for c in cells) + " |")
    return "\n".join(lines)
