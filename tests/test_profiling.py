"""The profile: what a look finds, and a real run with and without drafting."""

import json
import sys
import threading
from types import SimpleNamespace

import pytest

from proofreader import decoder, drafting
from training import profiling


class Looked(Exception):
    """Raised by look() with the part it found."""


def look(*_):
    raise Looked(profiling.part_of(sys._current_frames()[threading.get_ident()]))


def test_a_look_finds_the_innermost_known_part(monkeypatch):
    monkeypatch.setattr(decoder.llama_cpp, "llama_set_abort_callback", lambda *_: None)
    half = SimpleNamespace(_batch=SimpleNamespace(), _asked=0, _never=0, _context=0, stopped=look)
    for count, part in ((profiling.SMALL - 1, "decode"), (profiling.SMALL, "prefill")):
        with pytest.raises(Looked, match=part):
            decoder.Decoder._decode(half, count)
    monkeypatch.setattr(drafting.np, "exp", look)
    with pytest.raises(Looked, match="choosing"):
        drafting.probability(drafting.np.zeros(3), 0)
    assert profiling.part_of(None) == "other"


def test_a_real_email_before_and_after(tmp_path, base_path, monkeypatch):
    for name in ("FIRST_DRAFT", "NEXT_DRAFT"):  # put back after the test
        monkeypatch.setattr(drafting, name, getattr(drafting, name))
    email = tmp_path / "email.txt"
    email.write_text("Hi Ana,\n\nI has a question about the invoice.\n\nBo", "utf-8")
    arguments = ["--file", str(email), "--runs", "1", "--model", str(base_path), "--no-page"]
    assert profiling.main([*arguments, "--out", str(tmp_path)]) == 0
    found = json.loads((tmp_path / "profile.json").read_text("utf-8"))
    for one in (found["before"], found["after"]):
        assert one["seconds"] > 0
        assert 0.9 < sum(one["share"].values()) < 1.1
        assert one["share"]["prefill"] + one["share"]["decode"] > 0.2
    said = (tmp_path / "profile.md").read_text("utf-8")
    assert all(what in said for what in profiling.PARTS.values())
