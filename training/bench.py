"""How fast the shipped model is here: `make bench`, or `python -m training.bench --runs 5`.

Prints, and keeps in results/bench.json: start-up time, time to the first tone scores, time for a
150-word email, tokens of revised text per second beside plain streaming of the same file with
llama-cpp-python, and peak memory. Run it on an idle machine. Times are medians over the runs, and
the two speeds are taken in turns, so that their ratio is one run's.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from classifiers.tone import Tone, usable_cpus
from prompts import UNCHANGED
from proofreader.asking import Sampling
from proofreader.loading import Loader
from proofreader.mail import Email
from proofreader.pipeline import Options, Proofreader
from proofreader.sentences import sentences

ROOT = Path(__file__).parent.parent
EMAIL = ROOT / "tests" / "data" / "bench_email.txt"
OUT = ROOT / "results" / "bench.json"
COLD = """
import resource, sys, time
from proofreader.pipeline import Proofreader
Proofreader().correct(sys.argv[1])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@dataclass(frozen=True)
class Bench:
    """Seconds unless the name says otherwise; medians over `runs`."""

    words: int
    runs: int
    start_to_first_answer: float  # a new process, files in the cache of the disk
    first_scores: float
    whole_email: float
    slowest_email: float
    tokens_per_second: float  # of revised text
    plain_tokens_per_second: float
    times_plain: float
    peak_memory_mb: int  # resident, of a process that proofreads the email once
    model: str
    cpus: int
    machine: str
    day: str


def proofread(proofreader: Proofreader, text: str) -> tuple[float, float]:
    """Seconds to the first scores, and to the end."""
    began, first = time.perf_counter(), 0.0
    for _ in proofreader.run(text):
        first = first or time.perf_counter() - began
    return first, time.perf_counter() - began


class Plain:
    """The same file as most apps use it: every sentence written out, token by token."""

    def __init__(self) -> None:
        from llama_cpp import Llama

        self._model = Loader().load(Options().model, Sampling())
        self._llama = Llama(
            str(self._model.engine.path),
            n_ctx=2048,
            n_threads=usable_cpus(),
            n_threads_batch=usable_cpus(),
            verbose=False,
        )
        self._never = {self._model.engine.tokenize(UNCHANGED)[0]: -100.0}

    def count(self, text: str) -> int:
        """Tokens of the writer's own sentences in `text`."""
        found = sentences(Email.split(text))
        return sum(len(self._model.engine.tokenize(sentence.text)) for sentence in found)

    def stream(self, texts: list[str], tones: list[Tone]) -> tuple[int, float]:
        """Tokens written and seconds taken for all texts."""
        began, tokens = time.perf_counter(), 0
        for text, tone in zip(texts, tones, strict=True):
            prompt = self._model.prompt_for(text, Options().goal, tone)
            messages = [
                {"role": "system", "content": prompt.system},
                {"role": "user", "content": prompt.user},
            ]
            limit = 2 * len(self._model.engine.tokenize(text)) + 32
            for _ in self._llama.create_chat_completion(
                messages, temperature=0, max_tokens=limit, stream=True, logit_bias=self._never
            ):
                tokens += 1
        return tokens, time.perf_counter() - began


def cold(text: str) -> tuple[float, int]:
    """Seconds from the start of a process to its answer, and its peak memory in MB."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", COLD, text], cwd=ROOT, capture_output=True, text=True, check=True
    )
    seconds = time.perf_counter() - began
    unit = 1 if platform.system() == "Darwin" else 1024  # what getrusage counts in, bytes
    return seconds, round(int(done.stdout.split()[-1]) * unit / 1e6)


def bench(text: str, runs: int) -> Bench:
    """Measure everything on `text`; about half a minute for five runs."""
    starts = [cold(text) for _ in range(3)]
    proofreader, plain = Proofreader(), Plain()
    last = list(proofreader.run(text))[-1]
    found = [sentence.source for sentence in sentences(Email.split(text))]
    tones = [sentence.before for sentence in last.sentences]
    plain.stream(found[:1], tones[:1])
    revised = plain.count(last.revised)
    firsts, wholes, speeds = [], [], []
    for _ in range(runs):
        first, whole = proofread(proofreader, text)
        tokens, seconds = plain.stream(found, tones)
        firsts.append(first)
        wholes.append(whole)
        speeds.append(tokens / seconds)
    ours, theirs = revised / statistics.median(wholes), statistics.median(speeds)
    return Bench(
        words=len(text.split()),
        runs=runs,
        start_to_first_answer=round(statistics.median(start for start, _ in starts), 2),
        first_scores=round(statistics.median(firsts), 3),
        whole_email=round(statistics.median(wholes), 2),
        slowest_email=round(max(wholes), 2),
        tokens_per_second=round(ours, 1),
        plain_tokens_per_second=round(theirs, 1),
        times_plain=round(ours / theirs, 2),
        peak_memory_mb=max(memory for _, memory in starts),
        model=last.model,
        cpus=usable_cpus(),
        machine=machine(),
        day=date.today().isoformat(),
    )


def machine() -> str:
    """The name of the processor."""
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
    return names[0].split(":")[1].strip() if names else platform.processor()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--file", type=Path, default=EMAIL, help="an email to measure with")
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    result = asdict(bench(arguments.file.read_text(encoding="utf-8"), arguments.runs))
    arguments.out.write_text(json.dumps(result, indent=1) + "\n")
    for name, value in result.items():
        print(f"{name.replace('_', ' '):28}{value}")


if __name__ == "__main__":
    main()
