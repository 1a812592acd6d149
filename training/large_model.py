"""How long a 1B model would take here, with drafting and without.

    python -m training.large_model [--emails 5] [--runs 3]       # writes results/large_model.json

Makes a file of Llama-3.2-1B's shape with random weights in a temporary folder (training/
random_gguf.py) and lets it answer as the embedded model does: every number is computed, then the
embedded model's own next token is taken. So the time is that of a 1B model that writes those
answers, wherever its own drafts would agree as often.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any

from classifiers.tone import usable_cpus
from prompts import UNCHANGED, Prompt
from proofreader.asking import Ask, Sampling
from proofreader.engine import LlamaEngine
from proofreader.errors import ProofreadError
from proofreader.loading import Loader
from training.bench_emails import prepare, with_answers, written_emails
from training.bench_report import Spread, per_email
from training.contenders import Mail, Setting, Watch
from training.machine import command, machine, positive
from training.racing import Runner, Timing
from training.random_gguf import Shape, write

OUT = Path(__file__).parent.parent / "results" / "large_model.json"
NAMES = ("plain", "plain-short", "replay", "limit")
END = -1


@dataclass(frozen=True)
class Large:
    """Seconds for an email; ratios to plain, which writes every sentence out."""

    command: str
    day: str
    machine: str
    cpus: int
    shape: Shape
    emails: list[str]
    runs: int
    seconds: dict[str, Spread]
    times_plain: dict[str, Spread]


class Script:
    """Picks the tokens of an answer that is known, at the cost of the greedy choice."""

    def __init__(self, answer: Sequence[int]) -> None:
        self._rest = [*answer, END]

    def pick(self, logits, draft: Sequence[int]) -> tuple[int, Any]:
        """As drafting.Greedy does, with the next token of the answer for the likeliest one."""
        from proofreader.drafting import Choice, probability

        agreed = 0
        while agreed < len(draft) and self._rest[agreed] == draft[agreed]:
            logits[agreed].argmax()
            agreed += 1
        likeliest = int(logits[agreed].argmax())
        token = self._rest[agreed]
        del self._rest[: agreed + 1]
        return agreed, Choice(token, probability(logits[agreed], likeliest))

    def close(self) -> None:
        """Nothing is held."""


class Scripted(LlamaEngine):
    """An engine whose answer to a draft is `script[draft]`; it reads what drafting reads for it."""

    def __init__(self, path: Path, context: int) -> None:
        super().__init__(path, context)
        self.script: dict[str, str] = {}

    def _answer(self, slot, prompt: list[int], ask: Ask, written: list[Any]):
        source, answer = self.tokenize(ask.draft), self.tokenize(self.script[ask.draft])
        yield from self._drafting.drafted(
            self._decoder,
            slot,
            prompt,
            source,
            Script(answer),
            ([], 0.0),
            len(answer) + 1,
            written,
            lambda choice: choice.token == END,
            self._unchanged[0],
        )


class Replay:
    """A contender: our decoding of answers that are known."""

    def __init__(self, setting: Setting) -> None:
        self._engine = Scripted(Path(setting.gguf), setting.context)

    def revise(self, mail: Mail, watch: Watch) -> list[str]:
        """See contenders.Contender."""
        pairs = zip(mail.lines, mail.answers, strict=True)
        self._engine.script = {line.text: answer for line, answer in pairs}
        answers = [""] * len(mail.lines)

        def job(number, line):
            prompt = Prompt("", 0, line.system, line.user)
            answers[number] = "".join((yield Ask(prompt, line.text, Sampling())))

        jobs = [job(number, line) for number, line in enumerate(mail.lines)]
        for ended in self._engine.work(jobs, Event()):
            if ended:
                watch.finished()
        return answers


def as_long(mail: Mail, count, short: bool) -> Mail:
    """The email for plain streaming, each line with just as many tokens as its answer has;
    `count` counts a text's tokens. Not `short`: "=" is written out."""
    answers = [
        line.text if answer == UNCHANGED and not short else answer
        for line, answer in zip(mail.lines, mail.answers, strict=True)
    ]
    lines = zip(mail.lines, answers, strict=True)
    # one more for the end, which plain streaming reads every token of the answer to reach
    return replace(mail, lines=tuple(replace(line, limit=count(text) + 1) for line, text in lines))


def measure(mails: Sequence[Mail], count, gguf: Path, runs: int) -> list[Timing]:
    """Time the random model on all emails: plain, plain with "=", ours and the limit."""
    setting, timings = Setting(str(gguf), str(gguf)), []
    given = {
        "plain": [as_long(mail, count, short=False) for mail in mails],
        "plain-short": [as_long(mail, count, short=True) for mail in mails],
        "replay": mails,
        "limit": mails,
    }
    with ExitStack() as stack:
        runners = {name: stack.enter_context(Runner(name, setting)) for name in NAMES[1:]}
        for name, runner in runners.items():
            runner.revise(given[name][0])
        runners["plain"] = runners["plain-short"]  # a model less in memory; the limits tell them
        for run in range(runs):
            for place in range(len(mails)):
                for name in NAMES:
                    timing = runners[name].revise(given[name][place])
                    if timing.failed:
                        raise ProofreadError(f"{name} failed: {timing.failed}")
                    timings.append(replace(timing, contender=name, run=run))
    return timings


def large(emails: int, runs: int, shape: Shape) -> Large:
    """Make the file, measure, and remove it. ProofreadError without 1.3 GB of disk."""
    model = Loader().load("embedded", Sampling())
    setting = Setting(str(model.engine.path), "embedded", model.entry.context)
    rows = written_emails(emails)
    mails = [prepare(row["id"], row["text"], row["mistakes"], model) for row in rows]
    with Runner("decoding", setting) as decoding:
        mails = [
            with_answers(m, [one.strip() for one in decoding.answers(m)], model) for m in mails
        ]

    def tokens(text: str) -> int:
        return len(model.engine.tokenize(text))

    with tempfile.TemporaryDirectory() as folder:
        timings = measure(mails, tokens, write(Path(folder) / "random.gguf", shape), runs)
    plain = {(t.email, t.run): t.seconds for t in timings if t.contender == "plain"}
    seconds, ratios = {}, {}
    for name in NAMES:
        group = [timing for timing in timings if timing.contender == name]
        times = per_email(group, lambda t: t.seconds)
        against = per_email(group, lambda t: plain[t.email, t.run] / t.seconds)
        seconds[name], ratios[name] = Spread.of(times.values()), Spread.of(against.values())
    return Large(
        command=command("training.large_model"),
        day=date.today().isoformat(),
        machine=machine(),
        cpus=usable_cpus(),
        shape=shape,
        emails=[mail.name for mail in mails],
        runs=runs,
        seconds=seconds,
        times_plain=ratios,
    )


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--emails", type=positive, default=5)
    parser.add_argument("--runs", type=positive, default=3)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    try:
        found = asdict(large(options.emails, options.runs, Shape()))
    except (ProofreadError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
