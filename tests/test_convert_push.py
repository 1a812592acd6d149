"""convert/push.py against a small Hub on this machine: what it creates, uploads and says."""

import base64
import hashlib
import json
from pathlib import Path

import pytest

from convert.push import Made, card
from convert.sources import sha256
from tests.local_hub import NOWHERE, python

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


@pytest.fixture
def hub(hub):
    hub.token = "hf_right"
    return hub


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "made" / "mail-q8_0.gguf"
    path.parent.mkdir()
    path.write_bytes(b"GGUF" + bytes(range(256)) * 40)
    return path


def upload(hub: str, file: Path, home: Path, token: str = "hf_right"):
    """Push `file` from a fresh process."""
    return python("-c", CODE, file, hub=hub, home=home, HF_TOKEN=token)


def test_the_file_and_its_card_arrive(hub, file, tmp_path):
    done = upload(hub.url, file, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("/ann/mail")
    made = next(json.loads(one.body) for one in hub.asked if one.path == "/api/repos/create")
    assert (made["name"], made["organization"], made["visibility"]) == ("mail", "ann", "private")
    stored = [one.body for one in hub.asked if (one.method, one.path) == ("PUT", "/store")]
    assert stored == [file.read_bytes()]
    (commit,) = (one.body for one in hub.asked if "/commit/" in one.path)
    lines = {}
    for line in commit.splitlines():
        entry = json.loads(line)
        lines[entry["value"].get("path", "header")] = entry["value"]
    assert base64.b64decode(lines["README.md"]["content"]) == b"# the card"
    assert lines[file.name]["oid"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_refused_upload_keeps_the_file_and_says_so(hub, file, tmp_path):
    done = upload(hub.url, file, tmp_path, token="hf_wrong")
    assert done.returncode == 1
    assert "The upload to ann/mail failed" in done.stderr
    assert f"hf upload ann/mail {file.parent}" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_hub_that_is_not_there_is_a_message(file, tmp_path):
    done = upload(NOWHERE, file, tmp_path)
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
