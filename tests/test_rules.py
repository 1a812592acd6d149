"""The rule checker: what it suggests, what it leaves alone, what it is sure of."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from proofreader import harper
from proofreader.edits import KINDS
from proofreader.harper import spelt_right
from proofreader.rules import apply_confident, suggest
from proofreader.spelling import guesses

MENDED = [
    ("I recieve teh mail.", "I receive the mail."),
    ("Iam busy, thats all.", "I am busy, that's all."),
    ("Forexample, we can wait.", "For example, we can wait."),
    ("He dont know.", "He don't know."),
    ("Please reply before monday.", "Please reply before Monday."),
    ("I could of gone alot further.", "I could have gone a lot further."),
    ("She is taller then you.", "She is taller than you."),
    ("We discussed about the plan.", "We discussed the plan."),
    ("This is a apple.", "This is an apple."),
    ("the boat is late. i think so", "The boat is late. I think so"),
    ("In wich case we stop.", "In which case we stop."),
    ("Can we meet tommorow becouse I am away?", "Can we meet tomorrow because I am away?"),
    ("I saw the the boat.", "I saw the boat."),
]
LEFT_ALONE = [
    "The colour of the organisation's licence was analysed at the theatre.",
    "We will analyze the color of the license at the theater center.",
    "The labour party favours grey aluminium tyres.",
    "Priya and Wojciech moved the Grafana board to Kubernetes.",
    "Mrs. Adebayo-Lindqvist will call on Thursday.",
    "It took us 3-5 days and $40, i.e. less than planned.",
    "Apples, pears and plums are in the box.",
    "Kind regards,",
    "see you at the lake",
    "An hour ago a European union was a useful idea.",
    "Our zorbix pump is new; the old zorbix leaked.",
]


@pytest.mark.parametrize(("source", "expected"), MENDED)
def test_confident(source, expected):
    assert apply_confident(source) == expected


@pytest.mark.parametrize("source", LEFT_ALONE)
def test_left_alone(source):
    assert apply_confident(source) == source


def test_a_suggestion_is_whole():
    source = "I recieve it and he go home."
    found = suggest(source)
    assert [(s.before, s.candidates[0], s.kind, s.confident) for s in found][:1] == [
        ("recieve", "receive", "spelling", True)
    ]
    assert all(source[s.start : s.end] == s.before for s in found)
    assert all(s.kind in KINDS and 1 <= len(s.candidates) <= 4 and s.message for s in found)


def test_doubtful_ones_wait_for_the_model():
    found = suggest("She don't care about engy.")
    assert [(s.before, s.confident) for s in found] == [("don't", False), ("engy", False)]


def test_the_users_own_words_are_right():
    assert [s.before for s in suggest("Our fooblet is new.")] == ["fooblet"]
    assert suggest("Our fooblet is new.", frozenset({"Fooblet"})) == []


def test_candidates_are_ranked_by_closeness_and_frequency():
    assert guesses("becaus")[0].text == "because"
    assert guesses("eventhough")[0].text == "even though"
    assert guesses("oppertunity")[0].text == "opportunity"
    assert len(guesses("helo")) <= 4


def test_offsets_count_characters_not_bytes():
    source = "caf\u00e9 \U0001f600 recieve"
    assert [(s.start, s.before) for s in suggest(source)][-1] == (7, "recieve")


def test_several_threads_take_turns():
    results: list[str] = []
    threads = [
        threading.Thread(target=lambda: results.append(apply_confident("I recieve teh mail.")))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["I receive the mail."] * 6


def test_nothing_is_printed(capfd):
    suggest("We are looking forward to hear from you.")
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("word", ["color", "colour", "rhubarb"])
def test_every_dialect_spells_right(word):
    assert spelt_right(word)
    assert not spelt_right(word[:-1] + "x" + word[-1])


def test_the_rule_checker_starts_anew_and_says_the_same(monkeypatch):
    monkeypatch.setattr(harper, "FRESH", 1)
    first, second = (suggest("I recieve teh mail") for _ in range(2))
    assert first == second


def test_only_one_thread_ever_asks_the_checker(monkeypatch):
    asked = set()
    real = harper._lints
    monkeypatch.setattr(
        harper, "_lints", lambda text: asked.add(threading.get_ident()) or real(text)
    )
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(suggest, ["I recieve mail."] * 8))
    assert {one[0].candidates[0] for one in found} == {"receive"}
    assert len(asked) == 1
    assert asked.isdisjoint({threading.get_ident()})
