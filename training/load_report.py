"""What training/load.py found, as figures and as a page: waits, throughput, memory, fairness.

part(clients, waits, seconds)     # one row of the table
slope([(1, 512.0), (2, 512.1)])   # KB of memory a request
markdown(result)                  # results/load.md
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Wait:
    """One click: seconds to the first scores and to the end, or why there was no end."""

    words: int
    first: float | None
    end: float | None
    memory_mb: float  # of the app, resident, when it had ended
    failure: str | None = None


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of them lie, between two of them interpolated.

    ValueError without values.
    """
    if not values:
        raise ValueError("There is no percentile of no values.")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def slope(points: Sequence[tuple[float, float]]) -> float | None:
    """KB a request: least squares through (requests ended, MB of 1e6 bytes). None for one point."""
    if len({x for x, _ in points}) < 2:
        return None
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    rise = sum((x - middle_x) * (y - middle_y) for x, y in points)
    return 1000 * rise / sum((x - middle_x) ** 2 for x, _ in points)


def spread(values: Sequence[float]) -> dict[str, float] | None:
    """p50 and p95 in seconds; None without values."""
    if not values:
        return None
    return {f"p{n}": round(percentile(values, n / 100), 3) for n in (50, 95)}


def part(clients: int, waits: Sequence[Wait], seconds: float, before_mb: float) -> dict[str, Any]:
    """One row: what `clients` at once got in `seconds`, and memory in MB before and after it."""
    ended = [wait for wait in waits if wait.failure is None]
    memory = [wait.memory_mb for wait in waits]
    growth = slope(list(enumerate(memory)))
    return {
        "clients": clients,
        "requests": len(waits),
        "failures": dict(Counter(wait.failure for wait in waits if wait.failure is not None)),
        "seconds": round(seconds, 2),
        "emails_per_minute": round(60 * len(ended) / seconds, 1),
        "words_per_second": round(sum(wait.words for wait in ended) / seconds, 1),
        "first_scores_s": spread([wait.first for wait in ended]),
        "end_s": spread([wait.end for wait in ended]),
        "memory_before_mb": round(before_mb, 1),
        "memory_after_mb": round(memory[-1], 1),
        "kb_a_request": None if growth is None else round(growth, 1),
    }


def growth(memory: Sequence[float]) -> dict[str, float | None]:
    """KB a request over all requests, and over the second half, when caches are full."""
    points = list(enumerate(memory, 1))
    slopes = {"all": slope(points), "second_half": slope(points[len(points) // 2 :])}
    return {name: None if value is None else round(value, 1) for name, value in slopes.items()}


def _row(row: dict[str, Any]) -> str:
    first, end = row["first_scores_s"] or {}, row["end_s"] or {}
    failures = sum(row["failures"].values())
    cells = [row["clients"], row["requests"], failures, row["emails_per_minute"]]
    cells += [row["words_per_second"], first.get("p50"), first.get("p95")]
    cells += [end.get("p50"), end.get("p95"), row["memory_before_mb"], row["memory_after_mb"]]
    return "| " + " | ".join("-" if cell is None else str(cell) for cell in cells) + " |"


def markdown(result: dict[str, Any]) -> str:
    """The result as a page."""
    fair, memory = result["fairness"], result["kb_a_request"]
    lines = [
        "# Under load",
        "",
        f"{result['day']}, {result['machine']}, {result['cpus']} processors, load average "
        f"{result['load_average']} before the start. `{result['command']}`",
        "",
        f"Written emails of {result['words'][0]} to {result['words'][1]} words over HTTP. A click "
        "is what the page does: the first scores (/score), then the text (/proofread). The "
        "clients run on the same processors as the app.",
        "",
        "| clients | requests | failures | emails/min | words/s | first scores p50 (s) | p95 | "
        "end p50 (s) | p95 | memory before (MB) | after |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *map(_row, result["parts"]),
        "",
        f"Memory over all {result['requests']} requests: {memory['all']} KB a request; over the "
        f"second half {memory['second_half']} KB a request (results/load.png).",
        "",
    ]
    if fair:
        lines += _fairness(fair)
    for row in result["parts"]:
        lines += [f"- {row['clients']} clients: {n} x {why}" for why, n in row["failures"].items()]
    return "\n".join(lines).rstrip() + "\n"


def _fairness(fair: dict[str, Any]) -> list[str]:
    shorts = ", ".join(_seconds(one) for one in fair["short_ends_s"])
    return [
        f"A text of {fair['long_words']:,} words, and {fair['after_s']} s later three emails of "
        f"{fair['short_words']} words: the long text took {_seconds(fair['long_end_s'])}, the "
        f"short ones {shorts}. Alone a short one takes {_seconds(fair['short_alone_s'])}.",
        "",
        *(f"- Of these, failed: {why}" for why in fair["failures"]),
    ]


def _seconds(value: float | None) -> str:
    return "no end" if value is None else f"{value:.2f} s"


def draw(memory: Sequence[float], starts: Sequence[tuple[int, str]], path: Path) -> None:
    """The app's memory in MB after each request; `starts` are the parts' first ones and names."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(range(1, len(memory) + 1), memory, linewidth=1)
    for at, name in starts:
        axes.axvline(at + 0.5, color="gray", alpha=0.5, linewidth=0.8)
        place = (at + 0.5, 1.0)
        axes.annotate(
            f" {name}", place, xycoords=("data", "axes fraction"), va="bottom", fontsize="small"
        )
    axes.set_ylim(0, 1.15 * max(memory))
    axes.set_xlabel("requests ended")
    axes.set_ylabel("resident memory of the app (MB)")
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
