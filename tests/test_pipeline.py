"""The way of one email. Branches run on a fake engine; the last tests on the embedded model."""

import threading
from threading import Event

import pytest

from classifiers.tone import Tone
from proofreader.edits import apply
from proofreader.errors import ProofreadError
from proofreader.pipeline import LIMIT, Options, Proofreader
from tests.fake_engine import EMAIL, SENTENCES, Scorer, last, reader


def test_scores_come_first_and_sentences_one_by_one():
    proofreader, _ = reader({SENTENCES[1]: "I have a question about invoice 4711."})
    states = list(proofreader.run(EMAIL))
    assert states[0].phase == "waiting"
    assert states[0].before == Tone(0.0, 0.0)
    assert [s.start for s in states[0].sentences] == [EMAIL.index(text) for text in SENTENCES]
    shares = [state.progress for state in states if state.phase == "editing"]
    assert len(shares) == 3
    assert shares == sorted(shares)
    assert states[-1].phase == "done"
    assert states[-1].revised == EMAIL.replace("I has", "I have")


def test_only_the_writers_sentences_reach_the_model():
    proofreader, engine = reader()
    last(proofreader)
    assert engine.asked == SENTENCES


def test_every_state_is_whole():
    proofreader, _ = reader({SENTENCES[1]: "I have a question about invoice 4711."})
    for state in proofreader.run(EMAIL):
        kept = [edit for edit in state.edits if edit.verdict == "kept"]
        assert state.original == EMAIL
        assert state.revised == apply(EMAIL, kept)


def test_an_edit_says_who_made_it_and_how_surely():
    proofreader, _ = reader({SENTENCES[1]: "I have a question about invoice 4711."})
    (edit,) = last(proofreader).edits
    assert (edit.before, edit.after, edit.source, edit.confidence) == ("has", "have", "model", 0.7)


def test_a_changed_number_is_blocked_and_shown():
    proofreader, _ = reader({SENTENCES[1]: "I have a question about invoice 4712."})
    state = last(proofreader)
    verdicts = {edit.after: edit.verdict for edit in state.edits}
    assert verdicts["have"] == "kept"
    assert [edit.blocked_by for edit in state.edits if edit.verdict == "blocked"] != [None]
    assert "4711" in state.revised
    assert "4712" not in state.revised


def test_the_rules_mend_what_a_guard_took_back():
    text = "I have more rubarb than I can eat."
    proofreader, _ = reader({text: text.replace("rubarb", "raspberries")}, order="after")
    state = last(proofreader, text)
    assert state.revised == text.replace("rubarb", "rhubarb")
    assert [(e.after, e.source, e.verdict) for e in state.edits] == [("rhubarb", "rules", "kept")]


@pytest.mark.parametrize(
    "answer",
    [
        "Sure! Here is the corrected text: I have a question about invoice 4711.",
        "I'm sorry, but I can't help with that.",
        "J'ai une question sur la facture 4711.",
        "Bananas are yellow and grow on tall plants in the tropics.",
    ],
)
def test_what_is_no_edit_falls_back_to_the_original(answer):
    proofreader, _ = reader({SENTENCES[1]: answer})
    state = last(proofreader)
    assert state.revised == EMAIL
    assert state.sentences[1].state == "fallback"
    assert state.sentences[1].note


def test_an_answer_ends_with_its_line():
    proofreader, _ = reader({SENTENCES[2]: "We need it until Friday.\nBuy now!"})
    assert last(proofreader).revised == EMAIL.replace("needs", "need")


def test_kinds_that_were_not_asked_for_are_blocked():
    answers = {SENTENCES[1]: "I have a question about invoice 4711."}
    proofreader, _ = reader(answers)
    state = last(proofreader, kinds=frozenset({"spelling"}))
    assert state.revised == EMAIL
    assert [edit.verdict for edit in state.edits] == ["blocked"]


def test_what_changed_is_looked_at_again():
    text = "He go home and she sing."
    answers = {text: "He goes home and she sing."}
    answers["He goes home and she sing."] = "He goes home and she sings."
    proofreader, engine = reader(answers, passes=2)
    state = last(proofreader, text)
    assert state.revised == "He goes home and she sings."
    assert engine.asked == [text, "He goes home and she sing."]
    assert [(edit.before, edit.after) for edit in state.edits] == [
        ("go", "goes"),
        ("sing", "sings"),
    ]
    assert last(reader(answers)[0], text).revised == "He goes home and she sing."


def test_what_stayed_or_has_another_goal_is_looked_at_once():
    proofreader, engine = reader({}, passes=2)
    last(proofreader, "All is well here.")
    assert len(engine.asked) == 1
    proofreader, engine = reader({"He go home.": "He goes home."}, passes=2)
    last(proofreader, "He go home.", goal="polish")
    assert len(engine.asked) == 1


def test_a_word_of_the_dictionary_stays():
    text = "Please restart the frobnikator today."
    proofreader, _ = reader({text: "Please restart the fabricator today."})
    assert last(proofreader, text, dictionary=frozenset({"frobnikator"})).revised == text


def test_an_edit_carries_its_effect_on_the_tone():
    proofreader, _ = reader({SENTENCES[2]: "We needs it until Friday!"})
    state = last(proofreader, goal="polish")
    assert [edit.tone_effect for edit in state.edits] == [Tone(0.1, 0.0)]
    assert state.after.sentiment > state.before.sentiment


def test_stop_keeps_what_is_finished():
    proofreader, _ = reader({SENTENCES[1]: "I have a question about invoice 4711."})
    stop, states = Event(), []
    for state in proofreader.run(EMAIL, Options(), stop):
        states.append(state)
        if [s.state for s in state.sentences].count("done") == 2:
            stop.set()
    assert states[-1].phase == "stopped"
    assert states[-1].revised == EMAIL.replace("I has", "I have")
    assert [s.state for s in states[-1].sentences] == ["done", "done", "waiting"]


def test_runs_of_one_model_work_side_by_side():
    proofreader, engine = reader({SENTENCES[1]: "I have a question about it."}, seconds=0.05)
    texts = [EMAIL, EMAIL.replace("Priya", "Noor")]
    found = {}
    threads = [
        threading.Thread(target=lambda text=text: found.update({text: proofreader.correct(text)}))
        for text in texts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert engine.most_busy == 2
    assert len(engine.asked) == 6
    assert [found[text].splitlines()[0] for text in texts] == ["Hi Priya,", "Hi Noor,"]


def test_another_model_waits_for_its_turn_and_those_after_it_wait_too():
    proofreader, _ = reader()
    first = proofreader.run(EMAIL)
    while next(first).phase != "editing":
        pass
    second, third = proofreader.run(EMAIL, Options(model="other")), proofreader.run(EMAIL)
    assert [next(second).phase for _ in range(4)] == ["waiting"] * 4
    assert [next(third).phase for _ in range(4)] == ["waiting"] * 4
    first.close()
    assert [next(third).phase for _ in range(2)] == ["waiting"] * 2
    assert list(second)[-1].phase == "done"
    assert list(third)[-1].phase == "done"


def test_a_run_that_is_dropped_gives_its_turn_back():
    proofreader, _ = reader()
    run = proofreader.run(EMAIL)
    while next(run).phase != "editing":
        pass
    run.close()
    assert last(proofreader).phase == "done"


def test_who_waits_for_a_turn_can_stop_waiting():
    proofreader, _ = reader()
    run = proofreader.run(EMAIL)
    while next(run).phase != "editing":
        pass
    stop = Event()
    stop.set()
    other = Options(model="other")
    assert list(proofreader.run(EMAIL, other, stop))[-1].phase == "stopped"
    run.close()
    assert last(proofreader, model="other").phase == "done"  # nobody is left in the queue


def test_a_larger_model_gets_paragraphs():
    text = "I has a plan. We needs money.\n\nWrite me."
    paragraphs, large = reader(
        {"I has a plan. We needs money.": "I have a plan. We need money."}, unit="paragraph"
    )
    assert last(paragraphs, text).revised == "I have a plan. We need money.\n\nWrite me."
    assert large.asked == ["I has a plan. We needs money.", "Write me."]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no text yet"),
        (" \n\t", "no text yet"),
        ("> I quote\n> only\n", "only quoted text"),
        ("a" * (LIMIT + 12), "100,012 characters, 12 more than the limit of 100,000"),
        ("12 34 56", "no sentences"),
    ],
)
def test_what_cant_be_worked_on_is_said(text, message):
    with pytest.raises(ProofreadError, match=message):
        last(reader()[0], text)


def test_an_unknown_goal_names_the_known_ones():
    with pytest.raises(ProofreadError, match="errors only, polish, friendlier"):
        last(reader()[0], goal="nicer")


def test_another_language_is_left_alone_and_said():
    text = (
        "Guten Tag Frau Weber,\n\nleider habe ich Ihre Rechnung vom Montag noch nicht bekommen.\n"
    )
    proofreader, engine = reader()
    state = last(proofreader, text)
    assert state.revised == text
    assert state.notes == ("This does not look like English, so nothing was changed.",)
    assert engine.asked == []


def test_without_the_embedded_model_the_rules_still_work(monkeypatch):
    def missing(entry, progress=None):
        raise ProofreadError("The model is not installed.")

    monkeypatch.setattr("proofreader.loading.locate", missing)
    state = last(Proofreader(Scorer()), "I recieved teh invoice yesterday.")
    assert state.revised == "I received the invoice yesterday."
    assert {edit.source for edit in state.edits} == {"rules"}
    assert "only the rules worked" in state.notes[0]


def test_another_missing_model_is_an_error():
    with pytest.raises(ProofreadError, match="no model file"):
        last(Proofreader(Scorer()), model="/nowhere/mine.gguf")


@pytest.mark.parametrize("ending", ["\r\n", "\r", "\n"])
def test_line_ends_and_spaces_are_kept_byte_for_byte(ending):
    text = ending.join(["Hi,", "", "  - I has two  spaces", "", "-- ", "Ana"])
    proofreader, _ = reader({"I has two  spaces": "I have two spaces"})
    assert last(proofreader, text).revised == text.replace("has", "have")


def test_the_embedded_model_mends_and_leaves_facts_alone():
    state = last(Proofreader(), "Hi Priya,\n\nI recieved teh invoice 4711 on 3 May.\n")
    assert "received" in state.revised
    assert "4711 on 3 May" in state.revised
    assert state.tokens > 0
    assert state.read_tokens > 0
