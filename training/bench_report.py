"""From the benchmark's single times to its figures, table and chart.

python -m training.bench_report [results]      # bench.md and bench.png anew from the files there

A figure is a median over the emails, of each email's median over the runs, with the quartiles
beside it; a ratio is taken within one run of one email.
"""

import argparse
import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from training.contenders import TITLES
from training.racing import Timing

LIMIT = "limit"
Key = tuple[str, str, int]  # contender, email, run
COLUMNS = (
    ("tokens_per_second", "tokens/s", 1),
    ("times_plain", "times plain", 2),
    ("email_seconds", "an email, s", 2),
    ("first_sentence", "first sentence, s", 2),
    ("share_of_limit", "share of the limit", 2),
    ("start_to_first_sentence", "cold start, s", 1),
)


@dataclass(frozen=True)
class Spread:
    """A median with the lower and the upper quartile."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread | None":
        """Of any number of values (quartiles inclusive of the ends); None of none."""
        values = list(values)
        if not values:
            return None
        if len(values) == 1:
            return cls(*(round(values[0], 4),) * 3)
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(round(median, 4), round(low, 4), round(high, 4))


@dataclass(frozen=True)
class Figures:
    """One contender: seconds unless the name says otherwise, tokens of revised text."""

    title: str
    emails: int
    failed: dict[str, str]  # email: why
    tokens_per_second: Spread | None
    email_seconds: Spread | None
    first_sentence: Spread | None
    first_scores: Spread | None
    times_plain: Spread | None
    times_plain_short: Spread | None  # plain streaming that may answer "=" too
    times_plain_with_mistakes: Spread | None
    times_plain_without: Spread | None
    share_of_limit: Spread | None
    start_to_first_sentence: Spread | None
    peak_memory_mb: int


def per_email(timings: Iterable[Timing], value: Callable[[Timing], float | None]) -> dict:
    """Of each email, the median of `value` over its runs; emails without any are left out."""
    found = defaultdict(list)
    for timing in timings:
        if not timing.failed and (one := value(timing)) is not None:
            found[timing.email].append(one)
    return {email: statistics.median(values) for email, values in found.items()}


def figures(
    timings: Sequence[Timing],
    tokens: Mapping[Key, int],
    starts: Mapping[str, Sequence[float]],
    mistakes: Mapping[str, int],
) -> dict[str, Figures]:
    """Figures of every contender that answered. `tokens` of revised text by contender, email and
    run; `starts` in seconds by contender; `mistakes` by email, -1 where nobody counted them."""
    names = dict.fromkeys(timing.contender for timing in timings)
    groups = {name: [t for t in timings if t.contender == name] for name in names}
    seconds = {(t.contender, t.email, t.run): t.seconds for t in timings if not t.failed}
    return {
        name: _figures(name, group, seconds, tokens, starts.get(name, ()), mistakes)
        for name, group in groups.items()
        if name != LIMIT
    }


def _figures(name, group, seconds, tokens, starts, mistakes) -> Figures:
    def against(other: str, timing: Timing) -> float | None:
        theirs = seconds.get((other, timing.email, timing.run))
        return None if theirs is None else theirs / timing.seconds

    plain = per_email(group, lambda t: against("plain", t))
    speed = per_email(group, lambda t: tokens[t.contender, t.email, t.run] / t.seconds)
    return Figures(
        title=TITLES.get(name, name),
        emails=len(speed),
        failed={t.email: t.failed for t in group if t.failed},
        tokens_per_second=Spread.of(speed.values()),
        email_seconds=Spread.of(per_email(group, lambda t: t.seconds).values()),
        first_sentence=Spread.of(per_email(group, lambda t: t.first).values()),
        first_scores=Spread.of(per_email(group, lambda t: t.scores).values()),
        times_plain=Spread.of(plain.values()),
        times_plain_short=Spread.of(per_email(group, lambda t: against("plain-short", t)).values()),
        times_plain_with_mistakes=Spread.of(v for k, v in plain.items() if mistakes[k] > 0),
        times_plain_without=Spread.of(v for k, v in plain.items() if mistakes[k] == 0),
        share_of_limit=Spread.of(per_email(group, lambda t: against(LIMIT, t)).values()),
        start_to_first_sentence=Spread.of(starts),
        peak_memory_mb=round(max((t.memory for t in group), default=0)),
    )


def _cell(spread: dict | None, digits: int) -> str:
    if spread is None:
        return "-"
    middle, low, high = (f"{spread[key]:.{digits}f}" for key in ("median", "low", "high"))
    return f"{middle} ({low} to {high})"


def table(result: Mapping[str, Any]) -> str:
    """Markdown of a benchmark's JSON: what was measured, a row for each contender, notes."""
    words = [email["words"] for email in result["emails"]]
    right = sum(email["mistakes"] == 0 for email in result["emails"])
    runs = "1 run" if result["runs"] == 1 else f"{result['runs']} runs"
    lines = [
        f"# Speed on {result['day']}",
        "",
        f"{result['model']} (`{result['file']}`) on {result['cpus']} processors, "
        f"{result['machine']}. {len(words)} emails of {min(words)} to {max(words)} words, {right} "
        f"of them without a mistake; {runs}. Medians over the emails, quartiles in "
        "brackets.",
        "",
        f"| | {' | '.join(title for _, title, _ in COLUMNS)} | memory, MB |",
        f"|---|{'---|' * (len(COLUMNS) + 1)}",
    ]
    for name, row in result["contenders"].items():
        cells = [_cell(row[column], digits) for column, _, digits in COLUMNS]
        title = f"`{name}`: {row['title']}"
        lines.append(f"| {title} | {' | '.join(cells)} | {row['peak_memory_mb']} |")
    return "\n".join([*lines, "", *_notes(result), ""])


def _notes(result: Mapping[str, Any]) -> list[str]:
    rows = result["contenders"]
    notes = [
        "- tokens/s: tokens of revised text; a sentence that needs no change counts whole.",
        "- share of the limit: the time to do no more than read the same prompts and answers once, "
        "512 tokens at a time, divided by the contender's time. What all prompts begin with is "
        "kept from the email before and does not count.",
        "- cold start: from the start of the process to the first finished sentence.",
    ]
    for name in ("pipeline", "decoding"):
        if rows.get(name) and rows[name]["times_plain_without"]:
            wrong, right = (
                rows[name]["times_plain_with_mistakes"],
                rows[name]["times_plain_without"],
            )
            notes.append(
                f"- {rows[name]['title']}: {_cell(wrong, 2)} times plain on emails with mistakes, "
                f"{_cell(right, 2)} on those without."
            )
        if rows.get(name) and (short := rows[name].get("times_plain_short")):
            notes.append(f"- {rows[name]['title']}: {_cell(short, 2)} times `plain-short`.")
    if rows.get("pipeline"):
        notes.append(f"- First tone scores after {_cell(rows['pipeline']['first_scores'], 3)} s.")
    if same := result["same_as_plain"]:
        notes.append(
            f"- {same['same']} of {same['lines']} answers ({same['share']:.1%}) of our decoding "
            'are those of plain greedy decoding, "=" allowed to both.'
        )
    if result["lookup_on_a_long_prompt"]:
        notes.append(f"- Prompt lookup on a long prompt: {result['lookup_on_a_long_prompt']}.")
    for row in rows.values():
        if row["failed"]:
            email, reason = next(iter(row["failed"].items()))
            notes.append(f"- {row['title']}: failed with {len(row['failed'])}; {email}: {reason}")
    notes += [f"- Left out, {TITLES[name]}: {why}" for name, why in result["left_out"].items()]
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return [*notes, f"- `{result['command']}`; {versions}."]


def chart(result: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], path: Path) -> list[Path]:
    """Draw the speeds, and each email's time by its length; [] without matplotlib."""
    if find_spec("matplotlib") is None:
        return []
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    shown = {n: r for n, r in result["contenders"].items() if r["tokens_per_second"]}
    for place, (name, row) in enumerate(shown.items()):
        speed = row["tokens_per_second"]
        ends = [[speed["median"] - speed["low"]], [speed["high"] - speed["median"]]]
        color = _color(name, place)
        left.barh(name, speed["median"], xerr=ends, color=color, error_kw={"lw": 0.8})
    left.invert_yaxis()
    left.set_xlabel("tokens of revised text per second")
    words = {email["name"]: email["words"] for email in result["emails"]}
    for place, name in enumerate([*shown, LIMIT]):
        times = defaultdict(list)
        for row in rows:
            if row["contender"] == name and "failed" not in row:
                times[row["email"]].append(row["seconds"])
        points = sorted((words[email], statistics.median(each)) for email, each in times.items())
        style = {"color": "black", "marker": "_"} if name == LIMIT else {"marker": "."}
        style = {"color": _color(name, place), **style}
        if points:
            right.plot(*zip(*points, strict=True), linestyle="", label=name, **style)
    right.set_xlabel("words of the email")
    right.set_ylabel("seconds")
    right.set_ylim(bottom=0)
    right.legend(fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))
    figure.savefig(path, dpi=120)
    return [path]


def _color(name: str, place: int) -> str:
    ours = {"pipeline": "darkred", "decoding": "C3"}
    return ours.get(name, f"C{(0, 1, 2, 4, 5, 6, 7, 8, 9)[place % 9]}")


def main() -> None:
    """The command line: draw the table and the chart of a finished benchmark again."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("results"))
    folder = parser.parse_args().folder
    result = json.loads((folder / "bench.json").read_text(encoding="utf-8"))
    rows = (folder / "bench.jsonl").read_text(encoding="utf-8").splitlines()
    (folder / "bench.md").write_text(table(result), encoding="utf-8")
    chart(result, [json.loads(row) for row in rows], folder / "bench.png")


if __name__ == "__main__":
    sys.exit(main())
