"""The app under load: `python -m training.load --clients 1,4,16 --requests 500`.

Starts `python app.py` on a free port and sends it written emails over HTTP from several clients at
once, then a long text with short ones behind it. Prints, and keeps in results/load.json and
load.md: emails a minute, words a second, the wait from the click to the first scores and to the
end, failures, the app's memory and what it grows by; load.png shows the memory (with matplotlib).
The requests are shared equally among the numbers of clients. Run it on an idle machine.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path
from queue import Empty, SimpleQueue
from random import Random
from typing import Any

from classifiers.tone import usable_cpus
from proofreader.errors import ProofreadError
from proofreader.mail import Email
from proofreader.sentences import sentences
from training.bench_emails import train_emails
from training.load_report import Wait, draw, growth, markdown, part, percentile
from training.machine import command, machine

ROOT = Path(__file__).parent.parent
OUT = ROOT / "results"
WORDS = (20, 200)  # of an email
PATIENCE = 900.0  # seconds until a request counts as failed
AFTER = 0.3  # seconds between the long text and the short ones: the long one has begun


@dataclass(frozen=True)
class App:
    """A running server of the page."""

    address: str
    pid: int


@contextmanager
def served(command: Sequence[str], seconds: float = 300) -> Iterator[App]:
    """The app that `command` starts, once it answers. ProofreadError when it does not."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {**os.environ, "GRADIO_SERVER_PORT": str(port)}
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=log, stderr=log)
        try:
            address, until = f"http://127.0.0.1:{port}", time.monotonic() + seconds
            while not _answers(address):
                if server.poll() is not None or time.monotonic() > until:
                    log.seek(0)
                    said = log.read().decode(errors="replace")[-1000:]
                    raise ProofreadError(f"The app did not start. It said: {said}")
                time.sleep(0.2)
            yield App(address, server.pid)
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}/config", timeout=5).close()
    except OSError:
        return False
    return True


def resident_mb(pid: int) -> float:
    """Memory of a process in MB of 1e6 bytes. ProofreadError where nothing tells it, as when the
    process has ended."""
    gone = ProofreadError("The app has ended by itself, so there is nothing to measure.")
    if find_spec("psutil"):
        import psutil

        try:
            return psutil.Process(pid).memory_info().rss / 1e6
        except psutil.NoSuchProcess as error:
            raise gone from error
    if not Path("/proc/self/status").is_file():
        raise ProofreadError("The app's memory can't be read here: pip install psutil")
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except FileNotFoundError:
        lines = []
    found = [line for line in lines if line.startswith("VmRSS")]  # one that has ended has none
    if not found:
        raise gone
    return int(found[0].split()[1]) * 1024 / 1e6


def emails(words: tuple[int, int] = WORDS) -> list[str]:
    """The written emails to train on that are that long, always in the same mixed order."""
    found = [row["text"] for row in train_emails()]
    found = [text for text in found if words[0] <= len(text.split()) <= words[1]]
    Random(0).shuffle(found)
    return found


def long_text(texts: Sequence[str], words: int) -> str:
    """The sentences of `texts` as paragraphs of one text of about `words` words, all prose."""
    paragraphs, count = [], 0
    for text in cycle(texts):
        paragraphs.append(" ".join(one.source for one in sentences(Email.split(text))))
        count += len(paragraphs[-1].split())
        if count >= words:
            return "\n\n".join(paragraphs)
    raise ProofreadError("There are no emails to send.")


class Clicker:
    """One client of the app, with a session of its own. Use it in one thread."""

    def __init__(self, app: App) -> None:
        from gradio_client import Client

        patient = {"timeout": PATIENCE}  # a browser has no limit of 5 s, httpx has
        self._app = app
        self._client = Client(app.address, verbose=False, httpx_kwargs=patient)

    def click(self, text: str) -> Wait:
        """What the page does on a click. What fails is part of the answer."""
        import httpx
        from gradio_client.utils import QueueError, TooManyRequestsError

        failed = (ValueError, KeyError, OSError, QueueError, TooManyRequestsError, httpx.HTTPError)
        began, first, end, failure = time.perf_counter(), None, None, None
        try:
            self._client.submit(text, api_name="/score").result(PATIENCE)
            first = time.perf_counter() - began
            self._client.submit(text, api_name="/proofread").result(PATIENCE)
            end = time.perf_counter() - began
        except failed as error:
            failure = f"{type(error).__name__}: {error}"[:200]
        return Wait(len(text.split()), first, end, resident_mb(self._app.pid), failure)


def at_once(works: Sequence[Callable[[], None]]) -> None:
    """Carry them out in a thread each, and wait for all. Raises what one of them raised."""
    with ThreadPoolExecutor(len(works)) as threads:
        for done in [threads.submit(work) for work in works]:
            done.result()


def load(clickers: Sequence[Clicker], texts: Sequence[str]) -> tuple[list[Wait], float]:
    """Every text once, each client with one at a time: the waits as they ended, and seconds."""
    left: SimpleQueue[str] = SimpleQueue()
    for text in texts:
        left.put(text)
    waits: list[Wait] = []

    def work(clicker: Clicker) -> None:
        while True:
            try:
                text = left.get_nowait()
            except Empty:
                return
            waits.append(clicker.click(text))

    began = time.perf_counter()
    at_once([lambda clicker=clicker: work(clicker) for clicker in clickers])
    return waits, time.perf_counter() - began


def fairness(clickers: Sequence[Clicker], texts: Sequence[str], words: int) -> dict[str, Any]:
    """How long three short emails wait that are sent just after a text of `words` words."""
    shorts, long = sorted(texts, key=len)[:3], long_text(texts, words)
    alone = [clickers[1].click(text) for text in shorts]
    waits: dict[int, Wait] = {}

    def send(number: int, text: str, after: float) -> None:
        time.sleep(after)
        waits[number] = clickers[number].click(text)

    pairs = [(0, long, 0.0), *((number, text, AFTER) for number, text in enumerate(shorts, 1))]
    at_once([lambda pair=pair: send(*pair) for pair in pairs])
    ends = [one.end for one in alone if one.end is not None]
    return {
        "long_words": waits[0].words,
        "short_words": [one.words for one in alone],
        "after_s": AFTER,
        "short_alone_s": round(percentile(ends, 0.5), 3) if ends else None,
        "short_first_scores_s": [_rounded(waits[number].first) for number in (1, 2, 3)],
        "short_ends_s": [_rounded(waits[number].end) for number in (1, 2, 3)],
        "long_end_s": _rounded(waits[0].end),
        "failures": [wait.failure for wait in (*alone, *waits.values()) if wait.failure],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def measure(
    app: App, clients: Sequence[int], requests: int, long_words: int, texts: Sequence[str]
) -> dict[str, Any]:
    """Everything, with the memory after each request under "memory_mb"."""
    clickers = [Clicker(app) for _ in range(max(*clients, 4 if long_words else 1))]
    warm = [clickers[0].click(text) for text in texts[:2]]  # the first one loads the model
    if warm[-1].failure:
        raise ProofreadError(f"The app does not answer: {warm[-1].failure}")
    sent = islice(cycle(texts), requests)
    parts, memory = [], []
    for place, number in enumerate(clients):
        count = requests // len(clients) + (place < requests % len(clients))
        before = resident_mb(app.pid)
        waits, seconds = load(clickers[:number], list(islice(sent, count)))
        parts.append(part(number, waits, seconds, before))
        memory += [wait.memory_mb for wait in waits]
    return {
        "words": list(WORDS),
        "requests": requests,
        "parts": parts,
        "kb_a_request": growth(memory),
        "fairness": fairness(clickers, texts, long_words) if long_words else None,
        "memory_mb": [round(value, 1) for value in memory],
    }


def keep(result: dict[str, Any], folder: Path) -> None:
    """Write load.json, load.md and, with matplotlib, load.png."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "load.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (folder / "load.md").write_text(markdown(result), encoding="utf-8")
    if find_spec("matplotlib"):
        starts, at = [], 0
        for row in result["parts"]:
            starts.append((at, f"{row['clients']} clients"))
            at += row["requests"]
        draw(result["memory_mb"], starts, folder / "load.png")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clients", default="1,4,16", help="how many at once, part by part")
    parser.add_argument("--requests", type=int, default=500, help="in all parts together")
    parser.add_argument("--long-words", type=int, default=2000, help="0: no test of fairness")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args(arguments)
    try:
        clients = [int(one) for one in options.clients.split(",")]
        if min(clients) < 1 or options.requests < len(clients):
            raise ValueError
    except ValueError:
        parser.error("--clients needs numbers above 0 and --requests at least one for each of them")
    about = {
        "day": date.today().isoformat(),
        "machine": machine(),
        "cpus": usable_cpus(),
        "load_average": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "command": command("training.load"),
    }
    try:
        with served([sys.executable, "app.py"]) as app:
            result = measure(app, clients, options.requests, options.long_words, emails())
    except ProofreadError as error:
        print(error, file=sys.stderr)
        return 1
    keep({**about, **result}, options.out)
    print(markdown({**about, **result}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
