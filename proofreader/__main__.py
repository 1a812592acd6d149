"""The command line: `python -m proofreader mail.txt`, or `... --help` for all it can do.

Input is read as bytes and what is not UTF-8 comes out again as it went in, newlines included.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from classifiers.hub import add_flags, named_models
from classifiers.tone import Tone
from proofreader.asking import Sampling
from proofreader.edits import KINDS
from proofreader.errors import ProofreadError
from proofreader.states import GOALS, Options, Proofread

if TYPE_CHECKING:
    from proofreader.pipeline import Proofreader

FINE, USER_ERROR, WOULD_EDIT, INTERRUPTED, PIPE_CLOSED = 0, 1, 3, 130, 141
EXIT_CODES = """exit codes:
  0    fine
  1    a text could not be proofread (standard error says why); the others were
  2    wrong usage
  3    with --check: there are mistakes
  130  stopped with Ctrl+C
  141  whoever read the output went away
"""
RANGES = {
    "temperature": (0.0, 2.0, "0 takes the likeliest word, more is bolder"),
    "top_p": (0.0, 1.0, "only the likeliest words that share this probability"),
    "top_k": (0, 1000, "only this many of the likeliest words; 0 means all"),
    "min_p": (0.0, 1.0, "only words this likely, relative to the likeliest"),
    "repeat_penalty": (0.5, 2.0, "above 1 avoids words already written"),
    "max_tokens": (1, 8192, "longest answer for one sentence"),
    "seed": (0, 2**32 - 1, "the same seed gives the same answer"),
    "context": (256, 131072, "most tokens of a prompt and its answer; else what models.yaml says"),
}


@dataclass(frozen=True)
class Job:
    """One text to answer: where it came from, the text, and the line ending cut off from it."""

    name: str
    text: str
    ending: str = ""


def _number(kind: type, low: float, high: float):
    def parse(text: str) -> float:
        value = kind(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is not between {low} and {high}")
        return value

    parse.__name__ = "whole number" if kind is int else "number"  # argparse shows it
    return parse


def _default(value: float | None) -> str:
    return "" if value is None else f"; {value} if not given"


def _kinds(text: str) -> frozenset[str]:
    kinds = frozenset(kind.strip() for kind in text.split(","))
    if unknown := sorted(kinds - set(KINDS)):
        raise argparse.ArgumentTypeError(
            f"unknown kind {unknown[0]!r}; there are: {', '.join(KINDS)}"
        )
    return kinds


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("email-proofreader")
    except metadata.PackageNotFoundError:  # run from a checkout
        import tomllib

        project = Path(__file__).parent.parent / "pyproject.toml"
        return tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]


class _Version(argparse.Action):
    def __call__(self, parser, *_):
        print(f"email-proofreader {_version()}")
        parser.exit(FINE)


def build_parser() -> argparse.ArgumentParser:
    """The options and the help text."""
    parser = argparse.ArgumentParser(
        prog="python -m proofreader",
        description="Mend the mistakes in emails; the answer goes to standard output.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("files", nargs="*", metavar="FILE", help="a text file, or - for standard input (default)")
    add("--lines", action="store_true", help="every line is a text of its own")
    add("--goal", choices=GOALS, default=GOALS[0], help=f"what to change (default: {GOALS[0]})")
    add("--model", default=Options().model, help="a name of models.yaml, a .gguf file, or a URL")
    add("--keep", type=_kinds, metavar="KINDS", help=f"only these, by comma: {', '.join(KINDS)}")
    add("--dictionary", metavar="FILE", help="words to leave alone, one a line")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="one JSON object a line for each text")
    output.add_argument("--diff", action="store_true", help="show [-removed-] and {+added+} words")
    output.add_argument("--check", action="store_true", help="print nothing; exit 3 on mistakes")
    noise = parser.add_mutually_exclusive_group()
    noise.add_argument("--quiet", action="store_true", help="nothing but errors on standard error")
    noise.add_argument("--progress", action="store_true", help="show progress even off a terminal")
    add("--version", nargs=0, action=_Version, help="print the version and stop")
    sampling = parser.add_argument_group("how the model picks its words")
    for field in fields(Sampling):
        low, high, text = RANGES[field.name]
        sampling.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=_number(float if isinstance(low, float) else int, low, high),
            default=field.default,
            metavar="N",
            help=f"{text} ({low} to {high}{_default(field.default)})",
        )
    add_flags(parser)
    return parser


def _read(name: str) -> str:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise ProofreadError(f"can't be read: {error.strerror}. Check the path.") from error
    return data.decode("utf-8", "surrogateescape")


def _options(arguments: argparse.Namespace) -> Options:
    words = _read(arguments.dictionary).splitlines() if arguments.dictionary else []
    return Options(
        goal=arguments.goal,
        model=arguments.model,
        dictionary=frozenset(filter(None, map(str.strip, words))),
        kinds=arguments.keep,
        sampling=Sampling(**{f.name: getattr(arguments, f.name) for f in fields(Sampling)}),
    )


def _jobs(name: str, text: str, by_line: bool) -> Iterator[Job]:
    if not by_line:
        yield Job(name, text)
        return
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        body = line.removesuffix("\r")
        ending = line[len(body) :] + ("\n" if number < len(lines) else "")
        if body or ending:
            yield Job(f"{name}:{number}", body, ending)


class CommandLine:
    """Answers texts one after another on standard output; `exit_code` says how it went."""

    def __init__(self, arguments: argparse.Namespace, proofreader: "Proofreader", stop: Event):
        self.arguments, self.proofreader, self.stop = arguments, proofreader, stop
        self.exit_code = FINE
        self.progress = not arguments.quiet and (arguments.progress or sys.stderr.isatty())
        self.colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def run(self) -> None:
        """Answer every file in order. A text that fails is reported and the next one follows."""
        with self._reported(self.arguments.dictionary):
            options = _options(self.arguments)
            for name in self.arguments.files or ["-"]:
                with self._reported(name):
                    self._answer_file(name, options)

    def _answer_file(self, name: str, options: Options) -> None:
        if name == "-" and sys.stdin.isatty() and not self.arguments.quiet:
            self._say("Reading from the keyboard; Ctrl+D ends the text.")
        for job in _jobs(name, _read(name), self.arguments.lines):
            with self._reported(job.name, job):
                self._answer(job, options)

    def _answer(self, job: Job, options: Options) -> None:
        if self.arguments.lines and not job.text.strip():
            state = _untouched(job.text)
        else:
            for state in self.proofreader.run(job.text, options, self.stop):
                self._show_progress(job, state)
        if not self.arguments.quiet:
            for note in state.notes:
                self._say(f"{job.name}: {note}")
        if any(edit.verdict == "kept" for edit in state.edits) and self.arguments.check:
            self.exit_code = self.exit_code or WOULD_EDIT
        self._print(job, state, options)

    def _print(self, job: Job, state: Proofread, options: Options) -> None:
        from proofreader.report import diff_text, to_json

        if self.arguments.json:
            info = getattr(self.proofreader, "model_info", None)
            self._write(json.dumps(to_json(state, options, info), allow_nan=False) + "\n")
        elif self.arguments.diff:
            self._write(diff_text(state, self.colour) + job.ending)
        elif not self.arguments.check:
            self._write(state.revised + job.ending)

    @contextmanager
    def _reported(self, name: str, job: Job | None = None) -> Iterator[None]:
        """Report an error of this text, keep the output in step with the input, and go on."""
        try:
            yield
        except ProofreadError as error:
            self.exit_code = USER_ERROR
            self._say(f"{name}: {error}")
            if self.arguments.json:
                self._write(json.dumps({"error": str(error), "input": name}) + "\n")
            elif self.arguments.lines and job and not self.arguments.check:
                self._write(job.text + job.ending)

    def _show_progress(self, job: Job, state: Proofread) -> None:
        if not self.progress:
            return
        left = "" if state.seconds_left is None else f", {state.seconds_left:.0f} s left"
        end = "\n" if state.phase in ("done", "stopped") else ""
        line = f"\r\x1b[K{job.name}: {state.phase}, {100 * state.progress:.0f} %{left}{end}"
        print(line, end="", file=sys.stderr, flush=True)

    def _say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def _write(self, text: str) -> None:
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()


def _untouched(text: str) -> Proofread:
    """The answer to a blank line."""
    flat = Tone(0.0, 0.0)
    return Proofread(
        original=text,
        revised=text,
        edits=(),
        sentences=(),
        before=flat,
        after=flat,
        phase="done",
        progress=1.0,
        seconds=0.0,
        seconds_left=None,
        tokens=0,
        read_tokens=0,
        model="",
    )


def _proofreader(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> "Proofreader":
    from proofreader.loading import load_scorer
    from proofreader.pipeline import Proofreader

    try:
        return Proofreader(load_scorer(named_models(arguments)))
    except (ProofreadError, ValueError) as error:
        parser.error(str(error))


def main(argv: Sequence[str] | None = None, proofreader: "Proofreader | None" = None) -> int:
    """Run the command line and return its exit code. Raises SystemExit(2) for wrong usage."""
    parser = build_parser()
    arguments = parser.parse_args(argv)
    stop = Event()
    try:
        proofreader = proofreader or _proofreader(parser, arguments)
        command = CommandLine(arguments, proofreader, stop)
        command.run()
    except KeyboardInterrupt:
        stop.set()
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes standard output once more at exit, which would fail again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    return command.exit_code


if __name__ == "__main__":
    sys.exit(main())
