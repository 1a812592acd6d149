"""Starts the page in a process of its own, for the tests that need one.

with running("tests.fake_proofreader", log) as address: ...
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(module: str, log: Path, seconds: float = 90) -> Iterator[str]:
    """The address of `python -m module` once it answers; what it prints goes to `log`."""
    port = free_port()
    settings = {**os.environ, "GRADIO_SERVER_PORT": str(port)}
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", module], cwd=ROOT, env=settings, stdout=output, stderr=output
        )
    try:
        _wait(server, port, time.monotonic() + seconds)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def _wait(server: subprocess.Popen, port: int, until: float) -> None:
    while True:
        assert server.poll() is None, "the page ended before it answered"
        assert time.monotonic() < until, "the page did not start in time"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/config", timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
