"""How time and memory grow with the length of a text: `python -m training.growth`.

Texts of 20 to 5,000 words, put together from whole sentences of the written emails, go the whole
way, each length in a process of its own. Writes results/growth.json with a fitted line for each,
and results/growth.png where matplotlib is installed. About four minutes on an idle machine.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path

from classifiers.tone import usable_cpus
from proofreader.errors import ProofreadError
from proofreader.mail import Email
from proofreader.models import locate, resolve
from proofreader.pipeline import Options
from proofreader.sentences import sentences
from training.bench_emails import train_emails
from training.contenders import Mail, Setting
from training.machine import command, machine, positive
from training.racing import Runner

OUT = Path(__file__).parent.parent / "results"
LENGTHS = (20, 50, 100, 200, 500, 1000, 2000, 5000)  # words
WARM = "Please find the report attached. We has read it twice."


@dataclass(frozen=True)
class Point:
    """One text: its words, the seconds it took (median of the runs), MB at most in that process."""

    words: int
    seconds: float
    first_sentence: float
    memory: float


@dataclass(frozen=True)
class Line:
    """value = start + slope * words, by least squares; r2 is its coefficient of determination."""

    start: float
    slope: float
    r2: float

    @classmethod
    def fit(cls, words: Sequence[float], values: Sequence[float]) -> "Line":
        """The line through at least two different lengths; r2 is 1 where all values are equal."""
        slope, start = statistics.linear_regression(words, values)
        mean = statistics.fmean(values)
        total = sum((value - mean) ** 2 for value in values)
        rest = sum((v - start - slope * w) ** 2 for w, v in zip(words, values, strict=True))
        return cls(start, slope, 1 - rest / total if total else 1.0)


@dataclass(frozen=True)
class Growth:
    """All points and the two lines: seconds and MB by words."""

    command: str
    day: str
    machine: str
    cpus: int
    model: str
    runs: int
    points: list[Point]
    time: Line
    memory: Line


def text_of(words: int, emails: Sequence[str]) -> str:
    """At least `words` words in whole sentences: a paragraph an email, from the first one on.

    Raises ProofreadError when the emails have too few.
    """
    paragraphs, left = [], words
    for email in emails:
        taken = []
        for sentence in sentences(Email.split(email)):
            if left <= 0:
                break
            taken.append(sentence.source)
            left -= len(sentence.source.split())
        if taken:
            paragraphs.append(" ".join(taken))
    if left > 0:
        raise ProofreadError(f"The written emails have {left} words too few for {words}.")
    return "\n\n".join(paragraphs)


def measure(text: str, setting: Setting, runs: int) -> Point:
    """Proofread `text` in a new process, after a short text has loaded everything."""
    with Runner("pipeline", setting) as runner:
        runner.revise(Mail("warm", WARM, ()))
        timings = [runner.revise(Mail("text", text, ())) for _ in range(runs)]
    for timing in timings:
        if timing.failed:
            raise ProofreadError(f"{len(text.split())} words failed: {timing.failed}")
    return Point(
        len(text.split()),
        round(statistics.median(timing.seconds for timing in timings), 4),
        round(statistics.median(timing.first for timing in timings), 4),
        round(timings[-1].memory, 1),
    )


def growth(lengths: Sequence[int], runs: int, model: str) -> Growth:
    """Measure every length. ProofreadError for fewer than two different ones."""
    if len(set(lengths)) < 2:
        raise ProofreadError("A line needs two different --lengths.")
    setting = Setting(str(locate(resolve(model))), model)
    emails, points = [row["text"] for row in train_emails()], []
    for words in lengths:
        points.append(measure(text_of(words, emails), setting, runs))
        print(points[-1], flush=True)
    words = [point.words for point in points]
    return Growth(
        command=command("training.growth"),
        day=date.today().isoformat(),
        machine=machine(),
        cpus=usable_cpus(),
        model=model,
        runs=runs,
        points=points,
        time=Line.fit(words, [point.seconds for point in points]),
        memory=Line.fit(words, [point.memory for point in points]),
    )


def draw(found: Growth, path: Path) -> list[Path]:
    """Time and memory against words with their lines; [] without matplotlib."""
    if find_spec("matplotlib") is None:
        return []
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    words = [point.words for point in found.points]
    for axes, line, name, label in zip(
        figure.subplots(1, 2),
        (found.time, found.memory),
        ("seconds", "memory"),
        ("seconds", "memory at the peak, MB"),
        strict=True,
    ):
        axes.plot(words, [getattr(point, name) for point in found.points], "o")
        ends = [0, max(words)]
        fitted = f"{line.start:.3g} + {1000 * line.slope:.3g} per 1,000 words, R² {line.r2:.3f}"
        axes.plot(ends, [line.start + line.slope * end for end in ends], label=fitted)
        axes.set_xlabel("words")
        axes.set_ylabel(label)
        axes.set_ylim(0, 1.1 * max(getattr(point, name) for point in found.points))
        axes.legend(fontsize="small")
    figure.savefig(path, dpi=120)
    return [path]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lengths", type=positive, nargs="+", default=list(LENGTHS), help="words")
    parser.add_argument("--runs", type=positive, default=3)
    parser.add_argument("--model", default=Options().model)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args(arguments)
    try:
        found = growth(options.lengths, options.runs, options.model)
        options.out.mkdir(parents=True, exist_ok=True)
        draw(found, options.out / "growth.png")
    except (ProofreadError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    text = json.dumps(asdict(found), indent=1)
    (options.out / "growth.json").write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
