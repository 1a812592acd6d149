"""The app under load: the figures, and a small real run: `pytest tests/test_load.py`."""

import json
import os
import subprocess
import sys

import pytest

from proofreader.errors import ProofreadError
from proofreader.mail import Email
from proofreader.sentences import sentences
from training.load import (
    WORDS,
    emails,
    keep,
    load,
    long_text,
    main,
    measure,
    resident_mb,
    served,
)
from training.load_report import Wait, growth, markdown, part, percentile, slope

FAKE = [sys.executable, "-m", "tests.fake_proofreader"]


def test_a_percentile_lies_between_two_values():
    assert percentile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.5
    assert percentile([float(n) for n in range(101)], 0.95) == 95.0
    assert percentile([7.0], 0.95) == 7.0
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_a_slope_is_in_kb_a_request():
    assert slope([(1, 500.0), (2, 500.5), (3, 501.0)]) == pytest.approx(500)
    assert slope([(1, 500.0), (2, 512.0), (3, 512.0), (4, 500.0)]) == pytest.approx(0)
    assert slope([(1, 500.0)]) is None


def test_memory_that_fills_a_cache_is_told_from_memory_that_leaks():
    filling = [500 + min(n, 10) for n in range(40)]
    assert growth(filling)["second_half"] == 0.0
    assert growth(filling)["all"] > 100
    assert growth([500 + n for n in range(40)]) == {"all": 1000.0, "second_half": 1000.0}


def test_a_part_counts_failures_apart():
    waits = [
        Wait(50, 0.1, 1.0, 500.0),
        Wait(90, 0.1, None, 501.0, "QueueError: full"),
        Wait(70, 0.3, 3.0, 502.0),
    ]
    row = part(2, waits, 6.0, 499.0)
    assert row["failures"] == {"QueueError: full": 1}
    assert row["emails_per_minute"] == 20.0
    assert row["words_per_second"] == 20.0
    assert row["first_scores_s"] == {"p50": 0.2, "p95": 0.29}
    assert row["end_s"]["p50"] == 2.0
    assert (row["memory_before_mb"], row["memory_after_mb"]) == (499.0, 502.0)
    assert row["kb_a_request"] == 1000.0


def test_a_part_in_which_all_failed_has_no_waits():
    row = part(1, [Wait(50, None, None, 500.0, "AppError: no")], 2.0, 500.0)
    assert row["end_s"] is None
    assert row["emails_per_minute"] == 0.0


def test_the_emails_are_written_ones_of_the_right_length():
    found = emails()
    assert len(found) > 60
    assert all(WORDS[0] <= len(text.split()) <= WORDS[1] for text in found)
    assert found == emails()
    assert not set(found) & set(emails(words=(201, 10_000)))


def test_a_long_text_is_all_prose():
    text = long_text(emails(), 2000)
    words = sum(len(one.source.split()) for one in sentences(Email.split(text)))
    assert 2000 <= len(text.split()) < 2250
    assert words > 0.95 * len(text.split())


def test_an_app_that_does_not_start_is_told():
    with (
        pytest.raises(ProofreadError, match=r"did not start.*no such luck"),
        served([sys.executable, "-c", "raise SystemExit('no such luck')"]),
    ):
        pass


def test_all_clients_share_the_texts():
    class Counting:
        def __init__(self):
            self.got = []

        def click(self, text):
            self.got.append(text)
            return Wait(1, 0.0, 0.0, 1.0)

    clickers = [Counting(), Counting()]
    waits, seconds = load(clickers, ["a", "b", "c", "d", "e"])
    assert len(waits) == 5
    assert seconds > 0
    assert sorted(clickers[0].got + clickers[1].got) == ["a", "b", "c", "d", "e"]


def test_what_can_not_be_run_is_said(capsys):
    with pytest.raises(SystemExit):
        main(["--clients", "0"])
    assert "--clients needs numbers above 0" in capsys.readouterr().err


@pytest.fixture(scope="module")
def app():
    with served(FAKE) as app:
        yield app


def test_three_requests_over_http(app, tmp_path):
    texts = ["Hi Sam,\n\nWe recieve it tommorow.", "Dear Ana,\n\nThanks.", "I can come, Jo."]
    result = measure(app, [2], 3, 300, texts)
    (row,) = result["parts"]
    assert (row["requests"], row["failures"]) == (3, {})
    assert 0 < row["first_scores_s"]["p50"] < row["end_s"]["p50"] < 10
    assert 30 < row["memory_after_mb"] < 3000
    assert len(result["memory_mb"]) == 3
    fair = result["fairness"]
    assert fair["long_words"] >= 300
    assert fair["short_words"] == [4, 3, 6]
    assert fair["failures"] == []
    assert all(end > 0 for end in fair["short_ends_s"])
    about = {"day": "2026-11-21", "machine": "m", "cpus": 2, "load_average": 0.5, "command": "c"}
    keep({**about, **result}, tmp_path)
    assert json.loads((tmp_path / "load.json").read_text())["parts"] == result["parts"]
    assert "| 2 | 3 | 0 |" in (tmp_path / "load.md").read_text()


def test_a_failure_is_counted_and_told(app):
    with pytest.raises(ProofreadError, match="does not answer: AppError"):
        measure(app, [1], 1, 0, ["break the server"])


def test_memory_is_that_of_the_process():
    assert 10 < resident_mb(os.getpid()) < 10_000
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with pytest.raises(ProofreadError, match="has ended by itself"):
        resident_mb(ended.pid)


def test_the_page_shows_failures_and_who_waited():
    row = part(1, [Wait(50, 0.1, None, 500.0, "AppError: no")], 2.0, 500.0)
    fair = {
        "long_words": 2010, "after_s": 0.3, "short_words": [48], "long_end_s": 9.0,
        "short_ends_s": [None], "short_alone_s": 0.5, "failures": ["ReadTimeout: late"],
    }  # fmt: skip
    result = {
        "day": "d", "machine": "m", "cpus": 2, "load_average": 1.0, "command": "c",
        "words": [20, 200], "requests": 1, "parts": [row], "fairness": fair,
        "kb_a_request": {"all": None, "second_half": None},
    }  # fmt: skip
    page = markdown(result)
    assert "- 1 clients: 1 x AppError: no" in page
    assert "the long text took 9.00 s, the short ones no end." in page
    assert "- Of these, failed: ReadTimeout: late" in page
