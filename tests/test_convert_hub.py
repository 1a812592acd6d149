"""Models that convert/ fetches from a Hub, served on this machine: whole, cut short, not there."""

import json
import os
import subprocess
import sys
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.test_classifiers_hub import COMMIT, Hub

ROOT = Path(__file__).parent.parent
WEIGHTS = bytes(range(256)) * 4000
CODE = """
import sys
from convert import bases, sources
try:
    found = bases.find(sys.argv[1])
except sources.ConversionError as error:
    sys.exit(str(error))
print(found.name, found.commit, (found.folder / "model.safetensors").stat().st_size)
"""


class Broken(Hub):
    """A Hub whose line breaks in the middle of the weights, `breaks` times."""

    breaks: int

    def _answer(self, with_body) -> None:
        if "/tree/" not in self.path:
            return super()._answer(with_body)
        files = (self.folder / "ann" / "mail").iterdir()
        told = [
            {"type": "file", "path": one.name, "size": one.stat().st_size, "oid": "0" * 40}
            for one in files
        ]
        return self._send(200, json.dumps(told).encode(), with_body)

    def _send(self, status, body, with_body, more=None) -> None:
        if not with_body or body != WEIGHTS or Broken.breaks == 0:
            return super()._send(status, body, with_body, more)
        Broken.breaks -= 1
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.close_connection = True
        return None


@pytest.fixture
def hub(tmp_path):
    folder = tmp_path / "hub" / "ann" / "mail"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(WEIGHTS)
    Broken.folder, Broken.asked, Broken.breaks = tmp_path / "hub", [], 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Broken)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def find(hub: str, home: Path, name: str = "ann/mail"):
    """bases.find in a fresh process, since huggingface_hub reads HF_ENDPOINT when imported."""
    more = {"HF_ENDPOINT": hub, "HF_HOME": str(home / "cache"), "HF_HUB_DISABLE_XET": "1"}
    return subprocess.run(
        [sys.executable, "-c", CODE, name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | more,
        timeout=240,
    )


def test_a_model_comes_from_the_hub(hub, tmp_path):
    done = find(hub, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"ann/mail {COMMIT} {len(WEIGHTS)}"


def test_a_download_that_breaks_off_says_so_and_a_second_try_ends_it(hub, tmp_path):
    Broken.breaks = 1000
    done = find(hub, tmp_path)
    assert done.returncode == 1
    assert "The download of ann/mail broke off" in done.stderr
    assert "Run the command again" in done.stderr
    assert "Traceback" not in done.stderr
    Broken.breaks = 0
    again = find(hub, tmp_path)
    assert again.stdout.splitlines()[-1] == f"ann/mail {COMMIT} {len(WEIGHTS)}", again.stderr


def test_a_hub_that_is_not_there_is_a_message(tmp_path):
    done = find("http://127.0.0.1:9", tmp_path)
    assert done.returncode == 1
    assert "The download of ann/mail broke off" in done.stderr
    assert "Traceback" not in done.stderr
