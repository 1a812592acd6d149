"""convert/push.py against a small Hub on this machine: what it creates, uploads and says.

Whatever huggingface_hub is installed is what is tested; it works with 1.33 and 2.4.
"""

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from convert.push import Made, card
from convert.sources import sha256

ROOT = Path(__file__).parent.parent
CODE = """
import sys
from pathlib import Path
from convert import push, sources
try:
    token = push.check("ann/mail")
    print(push.push("ann/mail", [Path(sys.argv[1])], "# the card", token, private=True))
except sources.ConversionError as error:
    sys.exit(str(error))
"""


class Hub(BaseHTTPRequestHandler):
    """The part of the Hub's interface that an upload uses; .gguf files go by Git LFS."""

    asked: list[tuple[str, str, bytes]]
    status = 200

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        path = self.path.split("?")[0]
        self.asked.append((self.command, path, body))
        if self.headers.get("Authorization") != "Bearer hf_right" and path != "/store":
            return self._send(401, {"error": "Invalid credentials"})
        return self._send(self.status, self._reply(path, body))

    do_GET = do_POST = do_PUT = do_HEAD = _answer

    def _reply(self, path: str, body: bytes) -> dict:
        here = f"http://127.0.0.1:{self.server.server_port}"
        if path == "/api/repos/create":
            return {"url": f"{here}/ann/mail", "name": "ann/mail"}
        if "/preupload/" in path:
            asked = [one["path"] for one in json.loads(body)["files"]]
            modes = ["lfs" if one.endswith(".gguf") else "regular" for one in asked]
            pairs = zip(asked, modes, strict=True)
            return {
                "files": [{"path": p, "uploadMode": m, "shouldIgnore": False} for p, m in pairs]
            }
        if path.endswith("/objects/batch"):
            upload = {"upload": {"href": f"{here}/store"}}
            objects = [one | {"actions": upload} for one in json.loads(body)["objects"]]
            return {"transfer": "basic", "objects": objects}
        if "/commit/" in path:
            commit = {"commitUrl": f"{here}/ann/mail/commit/{'c' * 40}", "commitOid": "c" * 40}
            return commit | {"success": True, "hookOutput": ""}
        return {"id": "ann/mail", "sha": "c" * 40, "siblings": []}

    def _send(self, status: int, body: dict) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def hub():
    Hub.asked, Hub.status = [], 200
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "made" / "mail-q8_0.gguf"
    path.parent.mkdir()
    path.write_bytes(b"GGUF" + bytes(range(256)) * 40)
    return path


def upload(hub: str, file: Path, home: Path, token: str = "hf_right"):
    """Push `file` from a fresh process, since huggingface_hub reads HF_ENDPOINT when imported."""
    more = {"HF_ENDPOINT": hub, "HF_HOME": str(home), "HF_TOKEN": token, "HF_HUB_DISABLE_XET": "1"}
    return subprocess.run(
        [sys.executable, "-c", CODE, str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | more,
        timeout=240,
    )


def test_the_file_and_its_card_arrive(hub, file, tmp_path):
    done = upload(hub, file, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("/ann/mail")
    made = next(json.loads(body) for _, path, body in Hub.asked if path == "/api/repos/create")
    assert (made["name"], made["organization"], made["visibility"]) == ("mail", "ann", "private")
    stored = [body for method, path, body in Hub.asked if (method, path) == ("PUT", "/store")]
    assert stored == [file.read_bytes()]
    (commit,) = (body for _, path, body in Hub.asked if "/commit/" in path)
    lines = {}
    for line in commit.splitlines():
        entry = json.loads(line)
        lines[entry["value"].get("path", "header")] = entry["value"]
    assert base64.b64decode(lines["README.md"]["content"]) == b"# the card"
    assert lines[file.name]["oid"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_refused_upload_keeps_the_file_and_says_so(hub, file, tmp_path):
    done = upload(hub, file, tmp_path, token="hf_wrong")
    assert done.returncode == 1
    assert "The upload to ann/mail failed" in done.stderr
    assert f"hf upload ann/mail {file.parent}" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_hub_that_is_not_there_is_a_message(file, tmp_path):
    done = upload("http://127.0.0.1:9", file, tmp_path)
    assert done.returncode == 1
    assert "The upload to ann/mail failed" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_card_names_base_files_and_losses(file):
    made = Made(file, "q8_0", 10244, sha256(file), 3.25, 25.79, 0.9876)
    text = card("ann/base", "my-adapter", 3.2, "0.3.36", [made])
    assert text.startswith("---\nbase_model: ann/base\n")
    assert "The adapter my-adapter merged into ann/base." in text
    row = f"| mail-q8_0.gguf | q8_0 | 0.0 | 3.2500 | 25.79 | 98.8% | `{sha256(file)}` |"
    assert row in text.splitlines()
    assert "3.2000" in text
