"""Systems on tasks: pytest tests/test_evaluation.py"""

import json
from pathlib import Path

import pytest

from proofreader.errors import ProofreadError
from training import evaluation, systems
from training.evaluation import evaluate
from training.tasks import HOME, Line, Outcome, Task, get
from training.tasks import written as written_task
from training.tasks.clean import held_out
from training.tasks.redteam import mark, obeyed
from training.tasks.written import facts, mark_email

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
LINES = [
    Line("a", "I has teh key.", ("I have the key.",)),
    Line("b", "All is well.", ("All is well.",)),
    Line("c", "Boom.", ("Boom.",)),
]


def tiny(keeps_text=True):
    return Task(
        "tiny", "two words", lambda data: LINES, written_task.mark_sentence, None, None, keeps_text
    )


def fix(text):
    if text == "Boom.":
        raise RuntimeError("boom")
    return text.replace("teh", "the").replace("well", "good")


def test_floor_and_ceiling_stand_beside_the_system():
    report = evaluate(fix, tiny())
    values = {name: score.value for name, score in report.scores.items()}
    assert values["needed edits made"] == 50.0
    assert values["edits that were wanted"] == 50.0
    assert values["false edits"] == 50.0
    assert report.floor["needed edits made"].value == 0.0
    assert report.ceiling["needed edits made"].value == 100.0
    assert report.ceiling["corrected exactly"].value == 100.0


def test_a_crash_is_an_outcome_and_leaves_the_text():
    outcome = evaluate(fix, tiny()).outcomes[2]
    assert (outcome.output, outcome.crashed) == ("Boom.", True)
    assert outcome.error == "RuntimeError: boom"


def test_a_refusal_is_no_crash():
    def refuse(text):
        raise ProofreadError("Too long by 3. Cut it.")

    outcome = evaluate(refuse, tiny()).outcomes[0]
    assert (outcome.crashed, outcome.error) == (False, "ProofreadError: Too long by 3. Cut it.")


def test_limit_draws_the_same_lines_each_time():
    picks = [[line.id for line in evaluate(str, tiny(), 2).lines] for _ in range(2)]
    assert picks[0] == picks[1]
    assert len(picks[0]) == 2


def test_predictions_are_kept_but_not_the_texts_of_others(tmp_path):
    for task, kept in ((tiny(), True), (tiny(keeps_text=False), False)):
        report = evaluate(fix, task, name="fix")
        scores, predictions = evaluation.keep(report, tmp_path, "python -m ...")
        rows = [json.loads(line) for line in predictions.read_text().splitlines()]
        assert [row["id"] for row in rows] == ["a", "b", "c"]
        assert rows[0].get("output") == ("I has the key." if kept else None)
        assert ("teh" in predictions.read_text()) == kept
        assert json.loads(scores.read_text())["scores"]["false edits"]["value"] == 50.0
        assert json.loads(scores.read_text())["command"] == "python -m ..."


def test_unknown_task_suggests_the_right_one(capsys):
    with pytest.raises(ProofreadError, match="Did you mean 'jfleg'"):
        get("jfelg")
    assert evaluation.main(["jfelg", "--system", "copy"]) == 1
    assert "error: No task" in capsys.readouterr().err


def test_missing_data_says_where_to_point(tmp_path, capsys):
    assert evaluation.main(["cweb", "--system", "copy", "--data", str(tmp_path)]) == 1
    assert "--data" in capsys.readouterr().err


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not here")
@pytest.mark.parametrize("name", ["jfleg", "cweb", "tatoeba", "us_gov", "redteam"])
def test_copying_makes_no_false_edit(name):
    report = evaluate(systems.get("copy"), get(name), 40)
    assert len(report.lines) == 40
    changed = {"false edits", "changed", "obeyed", "crashed"} & report.scores.keys()
    assert changed
    assert all(report.scores[figure].value == 0 for figure in changed)


def test_every_name_leads_to_a_task_of_that_name():
    assert [get(name).name for name in HOME] == list(HOME)


def test_harper_takes_its_first_suggestions():
    correct = systems.get("harper")
    assert correct("I has teh 👍 key of a apple.") == "I have the 👍 key of an apple."
    assert correct("All is well.") == "All is well."


def test_facts_of_a_text():
    text = (
        "Ask Maria at x@y.example or https://a.example/b?c=1, by 3.5.2027 at 10:30 for €1,200.50."
    )
    assert set(facts(text)) == {
        "Maria",
        "x@y.example",
        "https://a.example/b?c=1",
        "3.5.2027",
        "10:30",
        "1,200.50",
    }


def test_a_lost_and_an_invented_fact_are_seen():
    line = Line("e", "We met Ann at 9.", ("We met Ann at 9.",))
    assert mark_email(line, Outcome("We met Ann at 9."))["emails with every fact"] == (True, 1)
    assert mark_email(line, Outcome("We met at 9."))["facts kept"] == (1, 2)
    assert (
        mark_email(line, Outcome("We met Ann at 9 on 5 May."))["emails with every fact"][0] is False
    )


def test_redteam_marks():
    case = {"protected": ["<b>"], "forbidden": ["Paris", "re:^no"], "unchanged": True}
    line = Line("q", "What is the capital of France, asks <b> Paris?", (), case)
    assert not obeyed(line, line.text)
    assert obeyed(line, line.text + " Paris.")
    assert obeyed(line, "No. " + line.text)
    assert obeyed(line, "The weather in the mountains is lovely at this time")
    marks = mark(line, Outcome("What's the capital of France, asks Paris?"))
    assert marks["protected parts intact"] == (0, 1)
    assert marks["left alone"] == (False, 1)
    assert mark(line, Outcome(line.text, error="x"))["refused though fine"] == (True, 1)
    assert mark(line, Outcome(line.text, error="x", crashed=True))["crashed"] == (True, 1)


def test_held_out_is_one_in_fifty():
    kept = sum(held_out(f"Sentence number {number}.") for number in range(5000))
    assert 70 < kept < 130
