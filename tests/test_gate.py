"""The gate that tells emails from other text. pytest tests/test_gate.py"""

import math

import pytest

from classifiers import gate
from classifiers.corpora import written_rows
from classifiers.gate import features, looks_like_email, shape

EMAIL = "Hi Ann,\n\nthe invoice for May is attached. Could you check it?\n\nBest, Bob"
CODE = "def add(a, b):\n    return a + b\n\nprint(add(2, 3))"
CSV = "id,name,total\n1,Ada,30.50\n2,Bo,11.00\n3,Cy,9.99"
POEM = "The wind has gone to bed,\nthe moon is on the sea,\nand all the ships are red."


def test_an_email_passes():
    assert looks_like_email(EMAIL) > 0.8


QUESTIONS = [
    "Who painted the Mona Lisa?",
    "how do i change the pin on my new debit card",
    "what's the exchange rate for euros today?",
]


@pytest.mark.parametrize("text", [CODE, CSV, POEM, *QUESTIONS])
def test_other_texts_do_not(text):
    assert looks_like_email(text) < 0.5


def test_the_written_test_emails_pass():
    mails = ["\n\n".join(row["sentences"]) for row in written_rows("emails", "test")]
    passed = sum(looks_like_email(mail) >= 0.5 for mail in mails)
    assert passed >= 0.95 * len(mails)


@pytest.mark.parametrize("text", ["", "   \n", "\n\n"])
def test_a_text_without_words_is_undecided(text):
    assert looks_like_email(text) == 0.5


def test_features_name_numbers_and_line_ends():
    assert features("Hi 42\n\nBo") == [
        "hi",
        "0",
        "<paragraph>",
        "bo",
        "<start> hi",
        "hi 0",
        "0 <paragraph>",
        "<paragraph> bo",
        "bo <end>",
        "<words 2>",
        "<lines 1>",
        "<sentences 0>",
        "<ends word>",
        "<greeting>",
    ]


def test_the_shape_of_a_text():
    assert shape(EMAIL) == [
        "<words 3>",
        "<lines 2>",
        "<sentences 2>",
        "<ends word>",
        "<greeting>",
        "<closing>",
    ]
    assert shape("who invented the zipper?") == [
        "<words 2>",
        "<lines 1>",
        "<sentences 1>",
        "<ends ?>",
        "<lower>",
    ]


def test_the_probability_is_the_logistic_of_the_weighted_features(monkeypatch):
    model = {"bias": 0.5, "terms": {"hi": [2.0, 1.5], "bo": [1.0, -1.0]}}
    monkeypatch.setattr(gate, "_model", lambda: model)
    score = 0.5 + (2.0 * 1.5 + 1.0 * -1.0) / math.sqrt(5)
    assert looks_like_email("hi bo") == pytest.approx(1 / (1 + math.exp(-score)))


def test_missing_weights_say_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(gate, "WEIGHTS", tmp_path / "gate.json")
    gate._model.cache_clear()
    try:
        with pytest.raises(ValueError, match=r"python -m classifiers\.train"):
            looks_like_email("hello")
    finally:
        gate._model.cache_clear()
