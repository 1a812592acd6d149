"""Models that convert/ fetches from a Hub, served on this machine: whole, cut short, not there."""

import pytest

from tests.local_hub import COMMIT, NOWHERE, python

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


@pytest.fixture
def hub(hub):
    folder = hub.folder / "ann" / "mail"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(WEIGHTS)
    return hub


def find(hub: str, home):
    """bases.find in a fresh process."""
    return python("-c", CODE, "ann/mail", hub=hub, home=home / "cache")


def test_a_model_comes_from_the_hub(hub, tmp_path):
    done = find(hub.url, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"ann/mail {COMMIT} {len(WEIGHTS)}"


def test_a_download_that_breaks_off_says_so_and_a_second_try_ends_it(hub, tmp_path):
    hub.breaks["model.safetensors"] = 1000
    done = find(hub.url, tmp_path)
    assert done.returncode == 1
    assert "The download of ann/mail broke off" in done.stderr
    assert "Run the command again" in done.stderr
    assert "Traceback" not in done.stderr
    hub.breaks.clear()
    again = find(hub.url, tmp_path)
    assert again.stdout.splitlines()[-1] == f"ann/mail {COMMIT} {len(WEIGHTS)}", again.stderr


def test_a_hub_that_is_not_there_is_a_message(tmp_path):
    done = find(NOWHERE, tmp_path)
    assert done.returncode == 1
    assert "The download of ann/mail broke off" in done.stderr
    assert "Traceback" not in done.stderr
