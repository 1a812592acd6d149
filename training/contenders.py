"""What the benchmark compares, each in a process of its own.

    python -m training.contenders plain '{"gguf": "model.gguf", "model": "embedded"}'

reads one email a line from its input (a Mail as JSON) and writes, a line each, {"first": seconds}
when its first sentence is finished and the whole answer at the end: see `serve`. training/racing.py
starts it and holds the clock of the cold start; the other times are taken here.
"""

import json
import os
import platform
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, Protocol, TextIO

from prompts import UNCHANGED, Prompt
from proofreader.errors import ProofreadError

BATCH = 512  # tokens that the limit reads at once, llama.cpp's usual physical batch

TITLES = {
    "plain": "llama-cpp-python, streaming, every sentence written out",
    "plain-short": 'llama-cpp-python, streaming, "=" allowed',
    "lookup": "llama-cpp-python, prompt lookup, every sentence written out",
    "lookup-short": 'llama-cpp-python, prompt lookup, "=" allowed',
    "python-server": 'llama-cpp-python\'s server, "=" allowed',
    "server": 'llama-server, "=" allowed',
    "server-8": 'llama-server, 8 sentences at once, "=" allowed',
    "server-8-ngram": 'llama-server, 8 at once, drafts from n-grams, "=" allowed',
    "transformers": 'transformers, float32, "=" allowed',
    "pipeline": "Email Proofreader, the whole way",
    "decoding": "Email Proofreader, its decoding alone",
}


@dataclass(frozen=True)
class Setting:
    """The model: its name (see proofreader.models.resolve) and the GGUF file that it comes to."""

    gguf: str
    model: str
    context: int = 2048  # tokens


@dataclass(frozen=True)
class Line:
    """One sentence and how a model is asked about it; `limit` tokens of answer at most."""

    text: str
    system: str
    user: str
    limit: int

    @property
    def messages(self) -> list[dict[str, str]]:
        """The prompt as chat messages."""
        return [
            {"role": "system", "content": self.system},
            {"role": "user", "content": self.user},
        ]


@dataclass(frozen=True)
class Mail:
    """One email. `answers` are the model's own to each line, where they were asked for before;
    `reading` is every token of its prompts and answers that has to be read at least once."""

    name: str
    text: str
    lines: tuple[Line, ...]
    mistakes: int = 0
    answers: tuple[str, ...] = ()
    reading: tuple[int, ...] = ()

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Mail":
        """A Mail from its JSON."""
        return cls(**{**data, "lines": tuple(Line(**line) for line in data["lines"])})


@dataclass
class Watch:
    """Seconds since `began` at which the tone was first scored and the first sentence finished."""

    out: TextIO | None = None
    began: float = field(default_factory=time.perf_counter)
    scores: float | None = None
    first: float | None = None

    def scored(self) -> None:
        """The first scores are there; later calls count for nothing."""
        self.scores = self.scores or time.perf_counter() - self.began

    def finished(self) -> None:
        """A sentence is finished; the first one is written to `out`."""
        if self.first is None:
            self.first = time.perf_counter() - self.began
            if self.out is not None:
                print(json.dumps({"first": self.first}), file=self.out, flush=True)


class Contender(Protocol):
    """Loaded by its constructor. ProofreadError where something it needs is not installed."""

    def revise(self, mail: Mail, watch: Watch) -> Sequence[str]:
        """The answers to the email's lines, telling `watch` of the first one."""


class Plain:
    """llama-cpp-python as most apps use it: sentence after sentence, token by token.

    `short` lets the model answer "=" for what needs no change, as ours may; without, it must write
    every sentence out. `lookup` drafts from the prompt with LlamaPromptLookupDecoding.
    """

    def __init__(self, setting: Setting, short: bool, lookup: bool = False) -> None:
        from llama_cpp import Llama
        from llama_cpp.llama_speculative import LlamaPromptLookupDecoding

        self._llama = Llama(
            setting.gguf,
            n_ctx=setting.context,
            draft_model=LlamaPromptLookupDecoding() if lookup else None,
            verbose=False,
            **_threads(),
        )
        unchanged = self._llama.tokenize(UNCHANGED.encode(), add_bos=False)
        self._bias = None if short else {unchanged[0]: -100.0}

    def revise(self, mail: Mail, watch: Watch) -> list[str]:
        """See Contender. llama-cpp-python's own errors pass through."""
        answers = []
        for line in mail.lines:
            chunks = self._llama.create_chat_completion(
                line.messages,
                temperature=0,
                max_tokens=line.limit,
                stream=True,
                logit_bias=self._bias,
            )
            answers.append("".join(c["choices"][0]["delta"].get("content") or "" for c in chunks))
            watch.finished()
        return answers


class Limit:
    """Only reads: every token that must be read, as one text in full batches, without a look at
    the result.

    Decoding can hardly take less: reading sentence by sentence only spares a little attention.
    """

    def __init__(self, setting: Setting) -> None:
        from llama_cpp import Llama

        self._llama = Llama(
            setting.gguf, n_ctx=BATCH, n_batch=BATCH, n_ubatch=BATCH, verbose=False, **_threads()
        )

    def revise(self, mail: Mail, watch: Watch) -> list[str]:
        """See Contender; there are no answers."""
        for start in range(0, len(mail.reading), BATCH):
            self._llama.reset()
            self._llama.eval(mail.reading[start : start + BATCH])
        watch.finished()
        return []


class Pipeline:
    """The whole way of an email, as the app goes it."""

    def __init__(self, setting: Setting) -> None:
        from proofreader.pipeline import Options, Proofreader

        self._proofreader, self._options = Proofreader(), Options(model=setting.model)

    def revise(self, mail: Mail, watch: Watch) -> list[str]:
        """See Contender; the answers are the sentences of the revised email."""
        from proofreader.mail import Email
        from proofreader.sentences import sentences

        for state in self._proofreader.run(mail.text, self._options):
            watch.scored()
            if state.phase in ("editing", "done"):  # these come when a sentence has ended
                watch.finished()
        return [sentence.source for sentence in sentences(Email.split(state.revised))]


class Decoding:
    """Our decoding alone: each line's answer as it comes, one pass, no rules and no guards."""

    def __init__(self, setting: Setting) -> None:
        from proofreader.asking import Sampling
        from proofreader.loading import Loader

        self._options = Sampling()
        self.engine = Loader().load(setting.model, self._options).engine

    def revise(self, mail: Mail, watch: Watch) -> list[str]:
        """See Contender."""
        from proofreader.asking import Ask

        answers = [""] * len(mail.lines)

        def job(number: int, line: Line):
            prompt = Prompt("", 0, line.system, line.user)
            pieces = yield Ask(prompt, line.text, self._options)
            answers[number] = "".join(pieces)

        jobs = [job(number, line) for number, line in enumerate(mail.lines)]
        for ended in self.engine.work(jobs, Event()):
            if ended:
                watch.finished()
        return answers


def _threads() -> dict[str, int]:
    from classifiers.tone import usable_cpus

    return {"n_threads": usable_cpus(), "n_threads_batch": usable_cpus()}


def make(name: str, setting: Setting) -> Contender:
    """The contender of that name, loaded. Raises ProofreadError for one that isn't installed."""
    if name in ("plain", "plain-short", "lookup", "lookup-short"):
        return Plain(setting, name.endswith("-short"), name.startswith("lookup"))
    ours = {"pipeline": Pipeline, "decoding": Decoding, "limit": Limit}
    if name in ours:
        return ours[name](setting)
    if name == "replay":
        from training.large_model import Replay

        return Replay(setting)
    from training import rivals

    return rivals.make(name, setting)


def peak_memory(pids: Sequence[int] = ()) -> float:
    """MB (10^6 bytes) that this process, and those of `pids`, had resident at most.

    Linux says it for each; elsewhere only this process counts.
    """
    # not getrusage on Linux: it counts the parent's pages from before exec as well
    statuses = [Path(f"/proc/{pid}/status") for pid in ("self", *pids)]
    if statuses[0].is_file():
        lines = [line for path in statuses for line in path.read_text().splitlines()]
        return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6
    unit = 1 if platform.system() == "Darwin" else 1024  # what getrusage counts in, bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def serve(contender: Contender, mails: TextIO, out: TextIO) -> None:
    """Answer the emails of `mails`, one JSON line each, until it ends."""
    for text in mails:
        mail, watch = Mail.of(json.loads(text)), Watch(out)
        try:
            answers = list(contender.revise(mail, watch))
        except (ValueError, IndexError, RuntimeError, ProofreadError) as error:
            print(json.dumps({"failed": f"{type(error).__name__}: {error}"}), file=out, flush=True)
            continue
        seconds = time.perf_counter() - watch.began
        whole = {
            "seconds": seconds,
            "first": watch.first or seconds,
            "scores": watch.scores,
            "answers": answers,
            "memory": peak_memory(getattr(contender, "pids", ())),
        }
        print(json.dumps({"done": whole}), file=out, flush=True)


def main() -> int:
    """The command line; returns the exit status. What others print goes to the error output."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        contender = make(sys.argv[1], Setting(**json.loads(sys.argv[2])))
    except ProofreadError as error:
        print(json.dumps({"missing": str(error)}), file=out, flush=True)
        return 1
    try:
        serve(contender, sys.stdin, out)
    finally:
        if hasattr(contender, "close"):
            contender.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
