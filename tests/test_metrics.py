"""GLEU against the published figure and by hand, shares, intervals: pytest tests/test_metrics.py"""

import math
from pathlib import Path

import numpy as np
import pytest

from training.metrics import (
    bootstrap,
    gleu,
    gleu_counts,
    moses_tokens,
    plain_text,
    ratio,
    share,
    word_edits,
)
from training.tasks import get

DATA = Path(__file__).parent.parent.parent / "shared" / "data"


def test_tokenised_lines_become_what_people_write_and_back():
    text = plain_text('It \'s ok , I will say " no " . ')
    assert text == 'It\'s ok, I will say "no".'
    assert moses_tokens("It's a R&D team.") == ["It", "'s", "a", "R", "&", "D", "team", "."]


def test_counts_by_hand():
    # "a b c d" kept whole where the reference wants "a b x d": c is kept wrongly
    row = gleu_counts("a b c d", "a b c d", ["a b x d"])[0].tolist()
    assert row == [4, 4, 2, 4, 0, 3, 0, 2, 0, 1]  # 3 - 1; 1 - 2; 0 - 2; 0 - 1, never below 0


def test_gleu_of_a_perfect_and_of_a_short_answer():
    source, target = "I has a red car here", "I have a red car here"
    assert gleu([source], [target], [[target]]).value == pytest.approx(100.0)
    short = gleu([target], ["I have a red car"], [[target]]).value
    assert short == pytest.approx(100 * math.exp(1 - 6 / 5))


def test_a_long_answer_earns_nothing_for_its_length():
    precision = 5 / 6 * 4 / 5 * 3 / 4 * 2 / 3
    long = gleu(["x"], ["a b c d e f"], [["a b c d e"]]).value
    assert long == pytest.approx(100 * precision**0.25)


def test_gleu_draws_references_alike():
    both = gleu(["x"] * 50, ["a b c d"] * 50, [["a b c d", "e f g h"]] * 50)
    assert 30 < both.value < 70
    assert gleu(["x"] * 50, ["a b c d"] * 50, [["a b c d", "e f g h"]] * 50) == both


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not here")
def test_copying_jfleg_dev_scores_what_is_published():
    task = get("jfleg")
    lines = task.load(DATA)
    score = task.corpus(lines, [line.text for line in lines])["GLEU"]
    assert score.value == pytest.approx(38.52, abs=0.05)
    assert score.low < 37.5 < 39.5 < score.high


def test_shares_and_their_intervals():
    score = share([True] * 30 + [False] * 70)
    assert (score.value, score.n, score.hits) == (30.0, 100, 30)
    assert score.low == pytest.approx(21, abs=2)
    assert score.high == pytest.approx(39, abs=2)
    assert str(score).endswith("30/100")
    assert ratio([1, 0], [3, 1]).value == 25.0
    assert ratio([0.5, 0.25], [1, 1]).hits is None
    with pytest.raises(ValueError, match="no line"):
        share([])


def test_bootstrap_of_a_mean():
    values = np.random.default_rng(1).normal(5, 2, 400)
    low, high = bootstrap(lambda rows: values[rows].mean(), len(values))
    assert high - low == pytest.approx(4 * 2 / 20, abs=0.08)


@pytest.mark.parametrize(
    ("source", "target", "edits"),
    [
        ("I has went .", "I have gone .", {(2, 5, "have"), (6, 10, "gone")}),
        ("Its ok", "It's ok", {(0, 3, "It's")}),
        ("go store", "go to the store", {(2, 2, "to the")}),
        ("the the end", "the end", {(0, 3, "")}),
        ("a  b", "a b", set()),
        ("alot of", "a lot of", {(0, 4, "a lot")}),
    ],
)
def test_word_edits(source, target, edits):
    assert word_edits(source, target) == edits
