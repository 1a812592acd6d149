"""Successive halving: pytest tests/test_search.py"""

from pathlib import Path

import pytest

from proofreader.errors import ProofreadError
from training import search
from training.answers import corrected
from training.encoding import Example
from training.search import successive_halving

FILE = Path(__file__).parent.parent / "training" / "recipes" / "search.yaml"
LOSSES = {"a": 3.0, "b": 1.0, "c": 2.0, "d": 1.5}


def test_the_best_go_on_with_more_steps():
    asked = []

    def train_for(name, steps):
        asked.append((name, steps))
        return {"loss": LOSSES[name] / steps}

    rounds = successive_halving("abcd", train_for, [8, 16, 32], [2, 1])
    assert asked == [("a", 8), ("b", 8), ("c", 8), ("d", 8), ("b", 16), ("d", 16), ("b", 32)]
    assert [len(trials) for trials in rounds] == [4, 2, 1]
    assert rounds[-1][0].figures == {"loss": 1.0 / 32}


def test_ties_keep_the_order_given():
    rounds = successive_halving("xyz", lambda name, steps: {"loss": 1.0}, [1, 2], [2])
    assert [trial.name for trial in rounds[1]] == ["x", "y"]


@pytest.mark.parametrize(("budget", "keep"), [([8], [2]), ([8, 8], [2]), ([16, 8], [1])])
def test_numbers_that_do_not_fit(budget, keep):
    with pytest.raises(ValueError, match="growing"):
        successive_halving("ab", lambda name, steps: {"loss": 0.0}, budget, keep)


def test_the_search_file_holds_the_six_settings():
    recipes, budgets, keep, every = search.load(FILE)
    found = [(r.lr, r.batch, r.accumulation, r.r, r.alpha, r.dropout) for r in recipes.values()]
    assert found == [
        (2e-4, 16, 4, 8, 16, 0.0),
        (2e-4, 16, 2, 8, 16, 0.0),
        (1.5e-4, 16, 2, 32, 16, 0.0),
        (1e-4, 16, 4, 16, 16, 0.05),
        (2e-4, 32, 2, 16, 16, 0.0),
        (5e-4, 12, 4, 8, 8, 0.0),
    ]
    assert (budgets, keep, every) == ([80, 160], [3], [5, 10])


def test_a_missing_search_file(tmp_path):
    with pytest.raises(ProofreadError, match="no such search file"):
        search.load(tmp_path / "none.yaml")


def test_a_finished_run_is_not_trained_again(tmp_path):
    recipes, *_ = search.load(FILE)
    runner = search.Runner(recipes, tmp_path, {4: 1}, 10)
    done = tmp_path / "a-4"
    done.mkdir()
    (done / "figures.json").write_text('{"loss": 1.25}', encoding="utf-8")
    assert runner.train_for("a", 4) == {"loss": 1.25}


def test_corrected_counts_sentences_with_mistakes_only():
    examples = [
        Example("He go home.", "He goes home."),
        Example("She have two cat.", "She has two cats."),
        Example("All is well.", "All is well."),
    ]
    scores = corrected(["He goes home.", "She has two cat.", "All was well."], examples)
    assert (scores["corrected exactly"].hits, scores["corrected exactly"].n) == (1, 2)
    assert (scores["needed edits made"].hits, scores["needed edits made"].n) == (2, 3)
    assert scores["nearer to right"].hits == 2
