"""Where the time of one email goes, with this project's decoding and without it.

    python -m training.profiling [--runs 10] [--file MY.txt]     # writes results/profile.json, .md

A second thread looks every millisecond at what the working thread is doing, and counts it for the
part of the program it finds innermost. "Before" is the same email with the same file and the same
checks, decoded as a plain program would: sentence after sentence, token after token, no draft, no
shared batch. "The page" is what a click in the running app takes longer. Run it on an idle machine.
"""

import argparse
import json
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any

from classifiers.tone import usable_cpus
from proofreader.errors import ProofreadError
from proofreader.pipeline import Options, Proofreader
from training.load import Clicker, served
from training.machine import command, machine
from training.systems import token_by_token

ROOT = Path(__file__).parent.parent
EMAIL = ROOT / "tests" / "data" / "bench_email.txt"
EVERY = 0.001  # seconds between two looks
SMALL = 16  # tokens: a smaller batch is bound by memory, hardly cheaper than one token
PARTS = {
    "prefill": f"llama.cpp reading {SMALL} tokens or more at once",
    "decode": f"llama.cpp reading fewer than {SMALL} tokens at once",
    "choosing": "finding the likeliest tokens (numpy)",
    "batching": "filling batches, tokenising, drafting (Python)",
    "scoring": "sentiment and politeness (ONNX)",
    "rules": "the rule checker (Harper)",
    "guards": "aligning, naming and guarding edits (Python)",
    "splitting": "finding the writer's own sentences (Python)",
    "other": "everything else",
}
FILES = {
    "batching": "decoder drafting rounds engine asking prompts",
    "scoring": "tone fold pack",
    "rules": "rules harper spelling",
    "guards": "alignment edits guards facts meaning names kinds marks confusions inflection style"
    " similarity",
    "splitting": "mail mail_lines sentences signature language gate",
    "other": "revision pipeline states sharing loading",
}
PART_OF = {file: part for part, files in FILES.items() for file in files.split()}
CHOOSING = ("pick", "probability", "log_probabilities", "_of_row")


class Sampler(threading.Thread):
    """Counts in `found` what the thread `ident` is at, from start() to stop()."""

    def __init__(self, ident: int) -> None:
        super().__init__(daemon=True)
        self.found: Counter[str] = Counter()
        self._watched, self._over = ident, threading.Event()

    def run(self) -> None:
        while not self._over.wait(EVERY):
            self.found[part_of(sys._current_frames().get(self._watched))] += 1

    def stop(self) -> None:
        """Ends the looking; `found` is final after it."""
        self._over.set()
        self.join()


def part_of(frame: FrameType | None) -> str:
    """The part of the program in which a stack's innermost known frame is."""
    while frame is not None:
        name, stem = frame.f_code.co_name, Path(frame.f_code.co_filename).stem
        if stem == "decoder" and name == "_decode":
            return "prefill" if frame.f_locals["count"] >= SMALL else "decode"
        if stem == "drafting" and name in CHOOSING:
            return "choosing"
        if stem in PART_OF and frame.f_code.co_filename.startswith(str(ROOT)):
            return PART_OF[stem]
        frame = frame.f_back
    return "other"


def profile(proofreader: Proofreader, text: str, runs: int, model: str) -> dict[str, Any]:
    """Seconds of one run (median), by part, after one run to warm up."""
    options = Options(model=model)
    for _ in proofreader.run(text, options):
        pass
    sampler, seconds = Sampler(threading.get_ident()), []
    sampler.start()
    for _ in range(runs):
        began = time.perf_counter()
        *_, state = proofreader.run(text, options)
        seconds.append(time.perf_counter() - began)
    sampler.stop()
    looks = sampler.found.total()
    return {
        "seconds": round(statistics.median(seconds), 4),
        "low": round(min(seconds), 4),
        "high": round(max(seconds), 4),
        "read_tokens": state.read_tokens,
        "share": {part: round(sampler.found[part] / looks, 4) for part in PARTS},
    }


def page(text: str, runs: int) -> float:
    """Seconds from a click in the running app to the finished email, median."""
    with served([sys.executable, "app.py"]) as app:
        clicker = Clicker(app)
        waits = [clicker.click(text) for _ in range(runs + 2)][2:]
    failed = [wait.failure for wait in waits if wait.failure]
    if failed:
        raise ProofreadError(f"The app does not answer: {failed[0]}")
    return round(statistics.median(wait.end for wait in waits), 4)


def words(found: dict[str, Any]) -> str:
    """The profile as Markdown."""
    before, after = found["before"], found["after"]
    lines = [
        f"# Where the time of an email of {found['words']} words goes",
        "",
        f"`{found['command']}`, {found['cpus']} CPUs ({found['machine']}), {found['day']}; "
        f"seconds, medians of {found['runs']} runs ({found['runs_before']} before).",
        "",
        "| part | before | after |",
        "|---|---|---|",
    ]
    for part, what in PARTS.items():
        cells = [f"{one['seconds'] * one['share'][part]:.3f}" for one in (before, after)]
        lines.append(f"| {what} | {' | '.join(cells)} |")
    lines += [
        f"| **all** | **{before['seconds']:.2f}** | **{after['seconds']:.2f}** |",
        f"| tokens read | {before['read_tokens']} | {after['read_tokens']} |",
    ]
    if found["page"] is not None:
        more = found["page"] - after["seconds"]
        lines.append(f"| the page (HTTP, Gradio, drawing states), on top | | {more:.3f} |")
    lines += ["", "Before: one sentence after another, token by token, without a draft.", ""]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--file", type=Path, default=EMAIL)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--model", default=Options().model, help="as in models.yaml, or a .gguf")
    parser.add_argument("--no-page", action="store_true", help="without the running app")
    parser.add_argument("--out", type=Path, default=ROOT / "results")
    options = parser.parse_args(arguments)
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    sys.setswitchinterval(EVERY / 4)  # so that a look need not wait for Python to let go
    try:
        text = options.file.read_text(encoding="utf-8")
        proofreader = Proofreader()
        found: dict[str, Any] = {
            "command": command("training.profiling"),
            "day": date.today().isoformat(),
            "machine": machine(),
            "cpus": usable_cpus(),
            "words": len(text.split()),
            "runs": options.runs,
            "after": profile(proofreader, text, options.runs, options.model),
            "page": None if options.no_page else page(text, options.runs),
        }
        token_by_token(proofreader._loader.current.engine)
        fewer = found["runs_before"] = max(1, options.runs // 2)
        found["before"] = profile(proofreader, text, fewer, options.model)
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "profile.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
        (options.out / "profile.md").write_text(words(found), "utf-8")
    except (ProofreadError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(words(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
