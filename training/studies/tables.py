"""What a study leaves to read: table.json, table.md, figures and report.md."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from training.metrics import Score
from training.studies.results import Results

COSTS = {
    "dev_loss": ("dev loss", "{:.3f}"),
    "trained": ("trained weights", "{:,.0f}"),
    "seconds": ("training, s", "{:.0f}"),
    "memory_mb": ("peak memory, MB", "{:.0f}"),
}
MARKS = (
    "Square brackets are 95 % intervals, resampled over test rows and seeds. A difference is bold "
    "where its interval does not hold 0; with one seed it says nothing of another seed's training."
)


def write(study, results: Results, out: Path) -> None:
    """Tables, figures and report of what is finished."""
    body = {name: entry(results, name) for name in results.names()}
    (out / "table.json").write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    (out / "table.md").write_text(markdown(results), encoding="utf-8")
    pictures = study.figures(results, out) if study.figures else bars(results, out)
    shown = "\n\n".join(f"![{path.stem.replace('-', ' ')}]({path.name})" for path in pictures)
    words = study.words(results).strip()
    parts = [f"# {study.title}", words, MARKS, markdown(results), shown]
    finished = {*results.names()}
    if absent := [trial.name for trial in study.trials if trial.name not in finished]:
        parts.insert(3, f"Not run: {', '.join(absent)}.")
    text = "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"
    (out / "report.md").write_text(text, encoding="utf-8")


def entry(results: Results, name: str) -> dict:
    """A trial's row of table.json."""
    figures = {key: vars(results.score(name, key)) for key in results.measures[name]}
    seeds = [outcome.seed for outcome in results.of(name)]
    return {"group": results.groups[name], "seeds": seeds, **results.cost(name), **figures}


def said(score: Score, digits: int = 1) -> str:
    """ "54.2 [51.0, 57.3]"."""
    return f"{score.value:.{digits}f} [{score.low:.{digits}f}, {score.high:.{digits}f}]"


def change(gap: Score, digits: int = 1) -> str:
    """ "**+3.1** [+1.0, +5.2]" of a difference; not bold where the interval holds 0."""
    value, sure = f"{gap.value:+.{digits}f}", not gap.low <= 0 <= gap.high
    return f"{f'**{value}**' if sure else value} [{gap.low:+.{digits}f}, {gap.high:+.{digits}f}]"


def anchored(name: str, shown: str = "") -> str:
    """A cell that a link REPORT.md#name leads to."""
    return f'<a id="{name}"></a>{shown or name}'


def compared(
    results: Results,
    pairs: Iterable[tuple[str, str]],
    keys: Sequence[str],
    told: Mapping[tuple[str, str], str] | None = None,
) -> str:
    """A table of differences: a row for each pair of trials that are both finished, else ""."""
    finished = {*results.names()}
    rows = [pair for pair in pairs if pair[0] != pair[1] and {*pair} <= finished]
    lines = [f"| {' | '.join(['first less second', *keys])} |", "|---" * (len(keys) + 1) + "|"]
    for one, other in rows:
        digits = [results.measures[one][key].digits for key in keys]
        gaps = [results.difference(one, other, key) for key in keys]
        cells = map(change, gaps, digits)
        what = f"{one} less {other}" + (f": {told[one, other]}" if told else "")
        lines.append(f"| {anchored(f'{one}-less-{other}', what)} | {' | '.join(cells)} |")
    return "\n".join(lines) if rows else ""


def markdown(results: Results) -> str:
    """One table for each group of trials, with a column for each of their measures."""
    parts = []
    for group in dict.fromkeys(results.groups[name] for name in results.names()):
        names = results.names(group)
        measures = list(dict.fromkeys(key for name in names for key in results.measures[name]))
        head = ["trial", "seeds", *measures, *(title for title, _ in COSTS.values())]
        lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
        lines += [_line(results, name, measures) for name in names]
        parts.append("\n".join([*([f"### {group}", ""] if group else []), *lines]))
    return "\n\n".join(parts) + "\n"


def _line(results: Results, name: str, measures: Sequence[str]) -> str:
    cells = [anchored(name), str(len(results.of(name)))]
    for key in measures:
        measure = results.measures[name].get(key)
        cells.append(said(results.score(name, key), measure.digits) if measure else "")
    cost = results.cost(name)
    cells += ["" if cost[k] is None else form.format(cost[k]) for k, (_, form) in COSTS.items()]
    return "| " + " | ".join(cells) + " |"


def bars(results: Results, out: Path) -> list[Path]:
    """A PNG for each group: bars with their intervals, one panel for each measure."""
    from training import plots

    paths = []
    for group in dict.fromkeys(results.groups[name] for name in results.names()):
        names = results.names(group)
        measures = dict.fromkeys(key for name in names for key in results.measures[name])
        panels = {
            key: {n: results.score(n, key) for n in names if key in results.measures[n]}
            for key in measures
        }
        file = f"{group.lower().replace(' ', '-').replace(',', '') or 'figures'}.png"
        paths.append(plots.bars(panels, out / file))
    return paths
