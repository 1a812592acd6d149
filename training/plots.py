"""Pictures of training runs.

python -m training.plots runs/embedded runs/other     # losses.png in each, comparison in the first
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from proofreader.errors import ProofreadError
from training.checkpoints import RunFolder
from training.metrics import Score


def smooth(values: Sequence[float], weight: float = 0.9) -> list[float]:
    """Running means in which each value counts `weight` times the next, without a bias at first."""
    means, total, mass = [], 0.0, 0.0
    for value in values:
        total = weight * total + (1 - weight) * value
        mass = weight * mass + (1 - weight)
        means.append(total / mass)
    return means


def require() -> None:
    """ProofreadError without matplotlib: before a run better than after it."""
    if find_spec("matplotlib") is None:
        raise ProofreadError("Pictures need matplotlib: pip install matplotlib")


def losses(folder: RunFolder, beside: Sequence[RunFolder] = ()) -> Path:
    """Draw the run's training and dev losses into losses.png, `beside` runs for comparison.

    Returns the picture's path. ProofreadError when the run has no losses or matplotlib is missing.
    """
    require()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    for run in (folder, *beside):
        _draw(axes, run)
    axes.set_xlabel("step")
    axes.set_ylabel("loss of an answer token (nats)")
    axes.grid(alpha=0.3)
    axes.legend()
    path = folder.path / ("comparison.png" if beside else "losses.png")
    figure.savefig(path, dpi=120)
    return path


def _draw(axes, run: RunFolder) -> None:
    rows = run.losses()
    if not any("loss" in row for row in rows):
        raise ProofreadError(f"{run.path} has no losses to draw")
    _lines(axes, rows, run.path.name)


def _lines(axes, rows: Sequence[dict[str, Any]], name: str) -> None:
    train = [(row["step"], row["loss"]) for row in rows if "loss" in row]
    dev = [(row["step"], row["dev_loss"]) for row in rows if "dev_loss" in row]
    steps, values = zip(*train, strict=True)
    (line,) = axes.plot(steps, values, alpha=0.2, linewidth=0.8)
    color = line.get_color()
    axes.plot(steps, smooth(values), color=color, label=f"{name}: training, smoothed")
    if dev:
        steps, values = zip(*dev, strict=True)
        axes.plot(steps, values, "o--", color=color, markersize=4, label=f"{name}: dev")
        best = min(range(len(values)), key=values.__getitem__)
        axes.plot(steps[best], values[best], "*", color=color, markersize=14)


def bars(panels: Mapping[str, Mapping[str, Score]], path: Path) -> Path:
    """Draw a panel for each measure: a bar with its 95 % interval for each name."""
    require()
    from matplotlib.figure import Figure

    most, wide = max(len(scores) for scores in panels.values()), min(3, len(panels))
    tall = -(-len(panels) // wide)
    size = 4.2 * wide + 1, (0.32 * most + 1.2) * tall
    figure = Figure(figsize=size, layout="constrained")
    places = list(figure.subplots(tall, wide, squeeze=False).flat)
    for axes in places[len(panels) :]:
        axes.set_axis_off()
    for axes, (measure, scores) in zip(places, panels.items(), strict=False):
        names, values = list(scores), [score.value for score in scores.values()]
        # A resampled interval need not hold the value itself.
        around = [
            [max(0.0, score.value - score.low) for score in scores.values()],
            [max(0.0, score.high - score.value) for score in scores.values()],
        ]
        axes.barh(names, values, xerr=around, color="#4c78a8", capsize=3)
        axes.invert_yaxis()
        axes.set_xlabel(measure)
        axes.grid(axis="x", alpha=0.3)
    figure.savefig(path, dpi=110)
    return path


def scatter(
    panels: Mapping[str, Mapping[str, tuple[float, Score]]], across: str, path: Path
) -> Path:
    """Draw a panel for each measure: a named point for each (number, score), on a log axis."""
    require()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6 * len(panels), 3.8), layout="constrained")
    for axes, (measure, points) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        for name, (number, score) in points.items():
            around = [[max(0.0, score.value - score.low)], [max(0.0, score.high - score.value)]]
            axes.errorbar([number], [score.value], yerr=around, fmt="o", capsize=2, markersize=4)
            axes.annotate(
                name, (number, score.value), xytext=(4, 3), textcoords="offset points", fontsize=7
            )
        axes.set(xscale="log", xlabel=across, ylabel=measure)
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110)
    return path


def curves(runs: Mapping[str, Sequence[dict[str, Any]]], path: Path) -> Path:
    """Draw a panel for each run's lines of losses.jsonl; a star is at its lowest dev loss."""
    require()
    from matplotlib.figure import Figure

    wide = min(3, len(runs))
    tall = -(-len(runs) // wide)
    figure = Figure(figsize=(4.2 * wide, 2.8 * tall), layout="constrained")
    places = figure.subplots(tall, wide, squeeze=False).flat
    for (name, rows), axes in zip(runs.items(), places, strict=False):
        _lines(axes, rows, name)
        axes.set_title(name, fontsize=9)
        axes.set(xlabel="step", ylabel="loss (nats a token)")
        axes.grid(alpha=0.3)
    for axes in list(places):
        axes.set_axis_off()
    figure.savefig(path, dpi=110)
    return path


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("runs", type=Path, nargs="+", help="run folders")
    options = parser.parse_args()
    try:
        for path in options.runs:
            if not path.is_dir():
                raise ProofreadError(f"{path}: no such run folder")
        runs = [RunFolder(path) for path in options.runs]
        for run in runs:
            print(losses(run))
        if len(runs) > 1:
            print(losses(runs[0], runs[1:]))
    except ProofreadError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
