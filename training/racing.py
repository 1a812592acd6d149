"""Contenders in processes of their own, measured in turns.

with Runner("plain", setting) as runner:
    runner.revise(mail)                    # a Timing
for timing in race([runner, ...], mails, runs=3): ...

Taking turns email by email, a machine that slows down meanwhile slows all of them.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from proofreader.engine import SPIN
from proofreader.errors import ProofreadError
from training.contenders import Mail, Setting

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Timing:
    """How one contender did with one email, in seconds from its being given; memory in MB.

    `failed` says why there is no answer, and the times then mean nothing.
    """

    contender: str
    email: str
    seconds: float = 0.0
    first: float = 0.0  # the first sentence finished
    scores: float | None = None  # the first tone scores
    answers: tuple[str, ...] = ()
    memory: float = 0.0  # at most, since its start
    run: int = 0
    failed: str | None = None


class Gone(ProofreadError):
    """The contender's process is not there: something isn't installed, or it ended by itself."""


class Runner:
    """One contender's process, started by the constructor. Load it by giving it an email.

    `python` is the interpreter to run it with, for packages of another environment. Raises Gone
    where there is no such interpreter.
    """

    def __init__(self, name: str, setting: Setting, python: str = sys.executable) -> None:
        if shutil.which(python) is None:
            raise Gone(f"There is no Python at {python}")
        self.name = name
        self.began = time.perf_counter()
        self._errors = tempfile.TemporaryFile("w+", errors="replace")
        self._process = subprocess.Popen(
            [python, "-m", "training.contenders", name, json.dumps(asdict(setting))],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            # all wait for their threads as ours does: on a busy machine the default costs minutes
            env={"GOMP_SPINCOUNT": SPIN, "TOKENIZERS_PARALLELISM": "false", **os.environ},
        )

    def __enter__(self) -> "Runner":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def revise(self, mail: Mail) -> Timing:
        """Its Timing for one email. Raises Gone."""
        *_, last = self._reports(mail)
        return self._timing(mail, last)

    def answers(self, mail: Mail) -> tuple[str, ...]:
        """Its answers to the lines of one email. Raises Gone, also where it fails."""
        timing = self.revise(mail)
        if timing.failed:
            raise Gone(f"{self.name} failed with {mail.name}: {timing.failed}")
        return timing.answers

    def cold(self, mail: Mail) -> float:
        """Seconds from the start of the process to the first finished sentence. Raises Gone."""
        reports = self._reports(mail)
        report = next(reports)
        seconds = time.perf_counter() - self.began
        *_, report = [report, *reports]
        if "failed" in report:
            raise Gone(report["failed"])
        return seconds

    def _reports(self, mail: Mail) -> Iterator[dict]:
        try:
            print(json.dumps(asdict(mail)), file=self._process.stdin, flush=True)
        except BrokenPipeError:
            pass  # what it said before it ended follows
        while line := self._process.stdout.readline():
            report = json.loads(line)
            if "missing" in report:
                raise Gone(report["missing"])
            yield report
            if "first" not in report:
                return
        raise Gone(f"ended with status {self._process.wait()}: {self._last_words()}")

    def _last_words(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().strip().splitlines()
        return lines[-1][:200] if lines else "it printed nothing"

    def _timing(self, mail: Mail, report: dict) -> Timing:
        if "failed" in report:
            return Timing(self.name, mail.name, failed=report["failed"])
        done = report["done"]
        return Timing(self.name, mail.name, **{**done, "answers": tuple(done["answers"])})

    def close(self) -> None:
        """End the process: it stops where its input ends."""
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()


@dataclass(frozen=True)
class Starts:
    """The contenders that could start, ready for the race, and why the others could not."""

    runners: list[Runner]
    seconds: dict[str, list[float]]  # from the start of the process to the first sentence
    left_out: dict[str, str]


def start(
    names: Sequence[str],
    setting: Setting,
    mail: Mail,
    times: int = 1,
    pythons: Mapping[str, str] | None = None,
) -> Starts:
    """Start every contender `times` times, in turns, with `mail` to answer; keep the last ones."""
    found = Starts([], {name: [] for name in names}, {})
    for left in reversed(range(times)):
        for name in names:
            if name in found.left_out:
                continue
            try:
                runner = Runner(name, setting, (pythons or {}).get(name, sys.executable))
            except Gone as error:
                found.left_out[name] = str(error)
                continue
            try:
                found.seconds[name].append(runner.cold(mail))
            except Gone as error:
                found.left_out[name] = str(error)
            if left or name in found.left_out:
                runner.close()
            else:
                found.runners.append(runner)
    return found


def race(runners: list[Runner], mails: Sequence[Mail], runs: int) -> Iterator[Timing]:
    """Each contender with each email, `runs` times; who begins changes from email to email.

    One whose process ends by itself gives a last Timing with `failed` and leaves `runners`.
    """
    for run in range(runs):
        for place, mail in enumerate(mails):
            shift = (run + place) % max(1, len(runners))
            for runner in runners[shift:] + runners[:shift]:
                try:
                    yield replace(runner.revise(mail), run=run)
                except Gone as error:
                    runners.remove(runner)
                    yield Timing(runner.name, mail.name, run=run, failed=str(error))
