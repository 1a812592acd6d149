"""What the report of training/studies/detox.py says, in words and pictures, from the results."""

from collections.abc import Sequence
from pathlib import Path

from training.metrics import Score
from training.studies.civility import Style, unveil
from training.studies.measures import Row, estimate
from training.studies.results import Results
from training.studies.tables import anchored, compared
from training.studies.text_measures import miscounts

SHOWN = ("civil", "meaning", "perplexity", "BLEU", "ROUGE-L")
CLAIM = 94.0  # BLEU of the report that this study answers, out of 100, beside a ROUGE-L of 57
EXAMPLES = 6


def figures(results: Results, out: Path) -> list[Path]:
    """Bars with intervals: the rewriting, what precision does to it, and the app's goal."""
    from training import plots

    paths = []
    for group in dict.fromkeys(results.groups[name] for name in results.names()):
        names = results.names(group)
        shown = SHOWN if "civil" in results.measures[names[0]] else results.measures[names[0]]
        panels = {key: {name: results.score(name, key) for name in names} for key in shown}
        paths.append(plots.bars(panels, out / f"{group.lower().replace(' ', '-')}.png"))
    return paths


def words(results: Results, style: Style, request: str) -> str:
    """The report's text."""
    if not {"base", "delete", "lora"} <= {*results.names()}:
        told = "Without base, delete and lora no rewriting can be compared."
        return "\n\n".join(filter(None, [told, _calmer(results)]))
    parts = [_what(results), _gain(results), _costs(results), _counts(results, request)]
    return "\n\n".join(filter(None, [*parts, _calmer(results), _examples(results, style)]))


def _what(results: Results) -> str:
    facts = results.of("lora")[0].facts
    recipe, rows = facts["recipe"], results.of("lora")[0].rows
    size, seeds = recipe["batch"] * recipe["accumulation"], len(results.of("lora"))
    return (
        f"Base: {recipe['base']}. LoRA of rank {recipe['r']}, {facts['steps']} steps of {size} "
        f"from {facts['pairs']} pairs, {seeds} seed(s), tested "
        f"on {len(rows)} comments with two or more civil versions each. "
        "The style is judged by TF-IDF and logistic regression "
        "fitted on comments that are in no other part. `copy` answers the comment itself, `delete` "
        "leaves out words of a small list, `human` is one person's version measured against the "
        "others'. Meaning is the cosine, times 100, of the sentence embeddings of comment and "
        "answer (all-MiniLM-L6-v2); `civil and meaning` counts it only where the answer is civil. "
        "Perplexity is the untuned base's. Comments are masked here, and kept in rot13."
    )


def _gain(results: Results) -> str:
    pairs = [("lora", other) for other in ("base", "delete", "copy")]
    table = compared(results, pairs, list(results.measures["lora"]))
    return f"What the LoRA adds to its base, to deleting listed words, to nothing:\n\n{table}"


def _costs(results: Results) -> str:
    precision = results.of("lora")[0].facts["recipe"]["precision"]
    names = ["lora", *results.names("Precision and memory")]
    lines = [
        f"Memory and time (`lora` and `lora-half` run in {precision}; peak of the process on a "
        "CPU, of the device on a GPU; it grows with the steps, so compare runs of as many):",
        "",
        "| trial | peak memory, MB | steps | s a step | civil | BLEU |",
        "|---|---|---|---|---|---|",
    ]
    for name in names:
        cost = results.cost(name)
        scores = " | ".join(f"{results.score(name, key).value:.1f}" for key in ("civil", "BLEU"))
        steps, memory = cost["steps"], cost["memory_mb"]
        pace = cost["seconds"] / steps
        row = anchored(f"{name}-cost", name)
        lines.append(f"| {row} | {memory:.0f} | {steps:.0f} | {pace:.2f} | {scores} |")
    return "\n".join(lines)


def counted(runs: Sequence[Sequence[Row]], request: str) -> dict[str, tuple[Score, Score]]:
    """(BLEU, ROUGE-L) of the same outputs under each way to count."""
    plain = [[unveil(row) for row in rows] for rows in runs]
    ways = miscounts(lambda row: request + row["source"])
    return {
        name: (estimate(bleu, plain, 200), estimate(rouge, plain, 200))
        for name, (bleu, rouge) in ways.items()
    }


def _counts(results: Results, request: str) -> str:
    runs = [outcome.rows for outcome in results.of("lora")]
    found = counted(runs, request)
    lines = [
        "BLEU of 0.94 beside a ROUGE-L of 0.57 can't both be right for the same outputs. BLEU is "
        "a length penalty times the geometric mean of the shares of 1- to 4-word runs that the "
        "reference has, too. None is above 1, so a BLEU of 0.94 wants each of the four to be at "
        "least 0.94 to the fourth power, 0.78, and answers hardly shorter than the references: "
        "then nearly all words stand in the reference in its order, and that is ROUGE-L. The same "
        "outputs of `lora`, counted in several ways:",
        "",
        "| how | BLEU | ROUGE-L |",
        "|---|---|---|",
    ]
    for number, (how, (one, two)) in enumerate(found.items(), 1):
        lines.append(
            f"| {anchored(f'counted-{number}', how)} | {one.value:.1f} | {two.value:.1f} |"
        )
    high = [how for how, (one, _) in found.items() if one.value >= CLAIM]
    standard, flat = found["standard"]
    lines += [
        "",
        f"Standard BLEU gives {standard.value:.1f} of 100 beside ROUGE-L {flat.value:.1f}. "
        + (f"{CLAIM:.0f} or more comes out only with: {'; '.join(high)}." if high else "")
        + (" None of these ways gives 94." if not high else ""),
    ]
    return "\n".join(lines)


def _calmer(results: Results) -> str:
    pairs = [("calmer-both", "calmer-written"), ("calmer-paradetox", "calmer-copy")]
    pairs += [("calmer-written", "calmer-copy")]
    keys = [
        measure
        for name in results.names()
        if name.startswith("calmer-")
        for measure in results.measures[name]
    ]
    table = compared(results, pairs, list(dict.fromkeys(keys)))
    told = "The app's goal “calmer”, on written emails: what ParaDetox adds to the written rows."
    return f"{told}\n\n{table}" if table else ""


def _examples(results: Results, style: Style) -> str:
    lines = ["The first test comments and what `lora` made of them, insults masked:", ""]
    lines += ["| comment | answer |", "|---|---|"]
    for row in map(unveil, results.of("lora")[0].rows[:EXAMPLES]):
        cells = (style.mask(row[key]).replace("|", "/") for key in ("source", "answer"))
        lines.append("| " + " | ".join(" ".join(cell.split()) for cell in cells) + " |")
    return "\n".join(lines)
