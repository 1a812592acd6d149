"""The tasks of the scorecard: ERRANT on websites' text, goals judged apart, the systems compared.

pytest tests/test_scorecard_tasks.py
"""

import numpy as np
import pytest

from proofreader.errors import ProofreadError
from training import systems
from training.tasks import Line, Outcome, errant_cweb, get, goals

CALMER = [row for row in goals.rows("calmer", "test") if row["source"] != row["target"]]


def test_f_score_counts_precision_twice():
    # P = 1/2, R = 1/4: 1.25 * (1/8) / (1/8 + 1/4)
    assert errant_cweb.f_score(np.array([1, 1, 3])) == pytest.approx(100 * 1.25 * 0.125 / 0.375)
    assert errant_cweb.f_score(np.array([0, 0, 0])) == 100
    assert errant_cweb.f_score(np.array([0, 2, 0])) == 0


def test_the_annotator_who_agrees_best_is_taken():
    rows = [[(0, 1, 1), (1, 0, 0)], [(2, 0, 0), (0, 2, 1)]]
    assert errant_cweb.chosen(rows).tolist() == [[1, 0, 0], [2, 0, 0]]


def test_errant_counts_edits():
    pytest.importorskip("errant")
    line = Line("1", "He go home .", ("He goes home .", "He went home ."))
    assert errant_cweb.counts(line, "He goes home .") == [(1, 0, 0), (0, 1, 1)]
    assert errant_cweb.counts(line, "He go home .") == [(0, 0, 1), (0, 0, 1)]
    scores = errant_cweb.corpus([line], ["He went home ."])
    assert [scores[name].value for name in ("precision", "recall", "F0.5")] == [100, 100, 100]


def test_without_errant_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "errant", None)
    errant_cweb._annotator.cache_clear()
    with pytest.raises(ProofreadError, match="score"):
        errant_cweb.edits("a b", "a c")


def test_concise_means_fewer_words():
    assert goals.moved("more concise", "I am writing in order to ask you.", "I am asking you.")
    assert not goals.moved("more concise", "Call me today.", "Call me today.")


def test_the_judge_reads_unseen_targets_rightly():
    pytest.importorskip("sklearn")
    hits = [goals.moved("calmer", row["source"], row["target"]) for row in CALMER]
    assert len(hits) >= 30
    assert sum(hits) >= 0.9 * len(hits)
    assert not goals.moved("calmer", CALMER[0]["target"], CALMER[0]["source"])


def test_a_lost_fact_spoils_a_moved_tone():
    task = get("goals_concise")
    text = "I am writing in order to let you know that the order 4711 from Oslo will be late."
    line = Line("1", text, ("The order 4711 from Oslo will be late.",), {"goal": "more concise"})
    good = task.mark(line, Outcome("Order 4711 from Oslo will be late."))
    lost = task.mark(line, Outcome("The order from Oslo will be late."))
    assert good["tone moved, every fact kept"] == (True, 1)
    assert lost["tone moved"] == (True, 1)
    assert lost["tone moved, every fact kept"] == (False, 1)


def test_tone_tasks_bring_their_goal():
    names = ["friendlier", "formal", "concise", "calmer"]
    wanted = ["friendlier", "more formal", "more concise", "calmer"]
    assert [get(f"goals_{name}").goal for name in names] == wanted


def test_quire_applies_first_suggestions():
    pytest.importorskip("quire_grammar_model")
    assert systems.get("quire")("She had a apple.") == "She had an apple."


def test_any_right_correction_counts():
    task = get("corrections")
    line = Line(
        "1", "He go home , he is ill.", ("He goes home. He is ill.", "He goes home; he is ill.")
    )
    marks = task.mark(line, Outcome("He goes home; he is ill."))
    assert marks["corrected exactly"] == (True, True)
    hits, chances = marks["needed edits made"]
    assert hits == chances > 1
    assert task.mark(line, Outcome("He goes home, he is ill."))["corrected exactly"] == (
        False,
        True,
    )
