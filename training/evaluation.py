"""Measure a system on tasks: python -m training.evaluation jfleg corrections --system pipeline

Prints a table with the floor (`copy`) and the ceiling (`reference`) beside the system, and keeps
scores (TASK-SYSTEM.json) and every prediction (TASK-SYSTEM.jsonl) under results/scores.
"""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from proofreader.errors import ProofreadError
from proofreader.states import GOALS
from training import systems
from training.metrics import Score
from training.tasks import HOME, Line, Outcome, Task, get, total

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"
LONGEST_KEPT = 20_000  # characters of an output that is kept whole; the red team has a megabyte


@dataclass(frozen=True)
class Report:
    """The figures of a system on a task, of copying and of the reference, and every outcome."""

    task: Task
    system: str
    limit: int | None
    scores: dict[str, Score]
    floor: dict[str, Score]
    ceiling: dict[str, Score]
    lines: tuple[Line, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def seconds(self) -> float:
        """The time the system took for all lines."""
        return sum(outcome.seconds for outcome in self.outcomes)


def evaluate(
    system: Callable[[str], str],
    task: Task,
    limit: int | None = None,
    *,
    name: str = "system",
    data: Path = DATA,
    watch: Callable[[int, int], None] = lambda done, of: None,
    workers: int = 1,
) -> Report:
    """Run every line (or `limit` of them, drawn with seed 0) through the system, `workers` at once.

    A line that raises counts as left unchanged; its outcome holds the error.
    """
    lines = task.load(data)
    if limit is not None and limit < len(lines):
        lines = [lines[at] for at in sorted(Random(0).sample(range(len(lines)), limit))]
    copied = [Outcome(line.text) for line in lines]
    ideal = [Outcome(line.references[0]) for line in lines]
    outcomes = list(_outcomes(system, lines, watch, workers))
    return Report(
        task=task,
        system=name,
        limit=limit,
        scores=total(task, lines, outcomes),
        floor=total(task, lines, copied),
        ceiling=task.ceiling(lines) if task.ceiling else total(task, lines, ideal),
        lines=tuple(lines),
        outcomes=tuple(outcomes),
    )


def _outcomes(system, lines: Sequence[Line], watch, workers: int) -> Iterator[Outcome]:
    def timed(text: str) -> Outcome:
        start = time.perf_counter()
        return Outcome(system(text), time.perf_counter() - start)

    # A future holds whatever was raised, so that one crash is a figure and not the end
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(timed, line.text) for line in lines]
        for done, (line, future) in enumerate(zip(lines, futures, strict=True), 1):
            if (error := future.exception()) is None:
                yield future.result()
            else:
                crashed = not isinstance(error, ProofreadError)
                yield Outcome(line.text, 0.0, f"{type(error).__name__}: {error}", crashed)
            watch(done, len(lines))


def table(report: Report) -> str:
    """The figures as Markdown, a row each."""
    rows = [
        f"### {report.task.name}: {report.task.about}",
        f"{len(report.lines)} texts, {report.seconds:.1f} s",
        "",
        f"| figure | copy | {report.system} | reference |",
        "|---|---|---|---|",
    ]
    for figure in {**report.floor, **report.scores, **report.ceiling}:
        cells = [side.get(figure) for side in (report.floor, report.scores, report.ceiling)]
        rows.append(" | ".join(["| " + figure, *(str(cell or "") for cell in cells)]) + " |")
    failed = [
        f"{line.id}: {outcome.error}"
        for line, outcome in zip(report.lines, report.outcomes, strict=True)
        if outcome.error
    ]
    return "\n".join([*rows, *(["", "Errors:", *failed[:20]] if failed else [])])


def _prediction(report: Report, line: Line, outcome: Outcome) -> dict:
    marks = report.task.mark(line, outcome)
    row = {
        "id": line.id,
        "seconds": round(outcome.seconds, 4),
        "error": outcome.error,
        "changed": outcome.output != line.text,
        "marks": {name: list(map(float, pair)) for name, pair in marks.items()},
    }
    if report.task.keeps_text and row["changed"]:
        row |= {"text": line.text[:LONGEST_KEPT], "output": outcome.output[:LONGEST_KEPT]}
    return row


def keep(report: Report, folder: Path, command: str) -> list[Path]:
    """Write scores and predictions; the paths written. Texts only where their licence allows it."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{report.task.name}-{report.system}"
    digest = hashlib.sha256()
    for line in report.lines:
        digest.update(line.text.encode("utf-8", "surrogatepass") + b"\0")
    summary = {
        "command": command,
        "task": report.task.name,
        "about": report.task.about,
        "system": report.system,
        "limit": report.limit,
        "texts": len(report.lines),
        "texts_sha256": digest.hexdigest(),
        "seconds": round(report.seconds, 2),
        **{
            side: {name: asdict(score) for name, score in getattr(report, side).items()}
            for side in ("scores", "floor", "ceiling")
        },
    }
    scores, predictions = folder / f"{stem}.json", folder / f"{stem}.jsonl"
    scores.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    rows = (
        json.dumps(_prediction(report, line, outcome)) + "\n"
        for line, outcome in zip(report.lines, report.outcomes, strict=True)
    )
    predictions.write_text("".join(rows), encoding="utf-8")
    return [scores, predictions]


def _watch(done: int, of: int) -> None:
    end = "\n" if done == of else ""
    print(f"\r{done}/{of}", end=end, file=sys.stderr, flush=True)


def build_parser() -> argparse.ArgumentParser:
    """The options and the help text."""
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluation", description="Measure a system on tasks."
    )
    parser.add_argument("tasks", nargs="+", metavar="TASK", help=", ".join(HOME))
    parser.add_argument("--system", default="pipeline", choices=systems.NAMES)
    parser.add_argument("--model", default=systems.DEFAULT, help="for pipeline and bare")
    parser.add_argument("--goal", default=GOALS[0], choices=GOALS, help="where the task has none")
    parser.add_argument(
        "--rules", default=systems.RULES[0], choices=systems.RULES, help="for pipeline"
    )
    parser.add_argument("--label", help="name in the table and of the files (default: the system)")
    parser.add_argument("--limit", type=int, help="only this many texts of each task")
    parser.add_argument(
        "--workers", type=int, default=1, help="texts at once, for pipeline and bare (times grow)"
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the shared data")
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "scores")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the tables, keep the files; 1 where the user has something to mend."""
    arguments = build_parser().parse_args(argv)
    command = "python -m training.evaluation " + " ".join(sys.argv[1:] if argv is None else argv)
    try:
        tasks = [get(name) for name in arguments.tasks]
        for task in tasks:
            goal = task.goal or arguments.goal
            system = systems.get(arguments.system, arguments.model, goal, arguments.rules)
            report = evaluate(
                system,
                task,
                arguments.limit,
                name=arguments.label or arguments.system,
                data=arguments.data,
                watch=_watch,
                workers=arguments.workers,
            )
            print(table(report), end="\n\n", flush=True)
            keep(report, arguments.out, command)
    except ProofreadError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
