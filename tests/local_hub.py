"""A small Hub on this machine, over a folder of repositories: downloads, uploads, broken lines.

    def test_it(hub, tmp_path):                                  # the fixture of this file
        (hub.folder / "ann/mail").mkdir(parents=True)            # a repository
        hub.breaks["model.safetensors"] = 1                      # its line drops half way, once
        done = python("-c", CODE, hub=hub.url, home=tmp_path)    # a client

It works with huggingface_hub 1.33 and 2.4.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
NOWHERE = "http://127.0.0.1:9"
COMMIT = "a" * 40
ADDRESS = re.compile(r"(?:/api/models)?/([^/]+/[^/]+)(?:/(tree|revision|resolve)/[^/]+/?(.*))?")


class Asked(NamedTuple):
    """One request. `span` is its Range, if any."""

    method: str
    path: str
    body: bytes
    span: str


class Hub(ThreadingHTTPServer):
    """Serves folder/owner/name/file and remembers what it was asked."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.asked: list[Asked] = []
        self.breaks: Counter[str] = Counter()  # file: how many of its downloads end half way
        self.token: str | None = None  # the only one that is let in; None: everybody is


class Handler(BaseHTTPRequestHandler):
    """The part of the Hub's interface that downloads and uploads use."""

    server: Hub

    def _answer(self) -> None:
        path, token = self.path.split("?")[0], self.server.token
        body = self._body()
        self.server.asked.append(Asked(self.command, path, body, self.headers.get("Range", "")))
        if token and path != "/store" and self.headers.get("Authorization") != f"Bearer {token}":
            self._send(b"", 401)
        elif self.command in ("POST", "PUT"):
            self._send(json.dumps(self._accept(path, body)).encode())
        else:
            self._look(path)

    do_GET = do_HEAD = do_POST = do_PUT = _answer

    def _body(self) -> bytes:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        return body

    def _accept(self, path: str, body: bytes) -> dict:
        """The answer to a step of an upload; .gguf files go by Git LFS."""
        url = self.server.url
        if path == "/api/repos/create":
            return {"url": f"{url}/ann/mail", "name": "ann/mail"}
        if "/preupload/" in path:
            names = [one["path"] for one in json.loads(body)["files"]]
            modes = ["lfs" if name.endswith(".gguf") else "regular" for name in names]
            pairs = zip(names, modes, strict=True)
            return {
                "files": [{"path": n, "uploadMode": m, "shouldIgnore": False} for n, m in pairs]
            }
        if path.endswith("/objects/batch"):
            upload = {"upload": {"href": f"{url}/store"}}
            objects = [one | {"actions": upload} for one in json.loads(body)["objects"]]
            return {"transfer": "basic", "objects": objects}
        commit = {"commitUrl": f"{url}/ann/mail/commit/{COMMIT}", "commitOid": COMMIT}
        return commit | {"success": True, "hookOutput": ""}

    def _look(self, path: str) -> None:
        """A file, a folder's listing or what there is to know about a repository."""
        repo, kind, rest = match.groups() if (match := ADDRESS.fullmatch(path)) else ("", "", "")
        folder = self.server.folder / repo
        target = folder / (rest or "")
        if not repo or not folder.is_dir():
            return self._send(b"", 404, {"X-Error-Code": "RepoNotFound"})
        if not target.exists():
            return self._send(b"", 404, {"X-Error-Code": "EntryNotFound"})
        if kind == "resolve":
            return self._serve(target)
        files = [(one.name, one.stat().st_size) for one in target.iterdir()]
        if kind == "tree":
            told = [{"type": "file", "path": n, "size": s, "oid": "0" * 40} for n, s in files]
        else:
            siblings = [{"rfilename": name, "size": size} for name, size in files]
            told = {"id": repo, "sha": COMMIT, "siblings": siblings}
        return self._send(json.dumps(told).encode())

    def _serve(self, file: Path) -> None:
        whole = file.read_bytes()
        more = {"ETag": f'"{hashlib.sha256(whole).hexdigest()}"', "X-Repo-Commit": COMMIT}
        data, status = whole, 200
        if wanted := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            first, last = int(wanted[1]), int(wanted[2] or len(whole) - 1)
            data, status = whole[first : last + 1], 206
            more["Content-Range"] = f"bytes {first}-{last}/{len(whole)}"
        kept = len(data)
        if self.command == "GET" and self.server.breaks[file.name] > 0:
            self.server.breaks[file.name] -= 1
            kept //= 2
        self._send(data, status, more | {"Accept-Ranges": "bytes"}, kept)

    def _send(
        self, data: bytes, status: int = 200, more: dict | None = None, kept: int | None = None
    ) -> None:
        """Announces all of `data` and sends its first `kept` bytes; then the line closes."""
        self.send_response(status)
        for name, value in {"Content-Length": len(data), **(more or {})}.items():
            self.send_header(name, str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[:kept])

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def hub(tmp_path):
    """A Hub whose repositories are the folders below hub.folder, none yet."""
    with Hub(tmp_path / "hub") as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def python(*arguments, hub: str, home: Path, stdin: str = "", **environment: str):
    """Python in a fresh process (huggingface_hub reads HF_ENDPOINT once, when it is imported)."""
    hub_only = {"HF_ENDPOINT": hub, "HF_HOME": str(home)}
    hub_only |= {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | hub_only | environment,
        timeout=240,
    )
