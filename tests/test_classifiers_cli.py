"""python -m classifiers on files, lines and the input. pytest tests/test_classifiers_cli.py"""

import io
import json
import sys

import pytest

from classifiers.__main__ import main, sentences


def run(capsys, *arguments: str) -> list[dict]:
    assert main(arguments) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_file_is_one_object(capsys, tmp_path):
    mail = tmp_path / "mail.txt"
    mail.write_text("Hi Ann,\n\nthank you so much for the lovely cake!\n\nBest, Bob\n", "utf-8")
    (scores,) = run(capsys, str(mail))
    assert set(scores) == {"sentiment", "politeness"}
    assert scores["sentiment"] > 0.3


def test_lines_are_an_object_each(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("Wonderful, thank you!\n\nYou are an idiot.\n"))
    glad, rude = run(capsys, "--lines", "--json", "-")
    assert glad["sentiment"] > 0 > rude["sentiment"]
    assert glad["politeness"] > rude["politeness"]


def test_a_terminal_gets_words(capsys, monkeypatch, tmp_path):
    mail = tmp_path / "mail.txt"
    mail.write_text("You are an idiot.", "utf-8")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert main([str(mail)]) == 0
    assert "negative" in capsys.readouterr().out


def test_a_missing_file_is_a_message_and_status_2(capsys):
    assert main(["no/such/file.txt"]) == 2
    assert "no/such/file.txt" in capsys.readouterr().err


def test_a_wrong_mapping_is_a_message(capsys):
    assert main(["--sentiment-model", "x", "--sentiment-labels", "good", "-"]) == 2
    assert "negative=-1,positive=1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Hi Ann,\n\nthanks.\nBob", ["Hi Ann,", "thanks.", "Bob"]),
        ("It cost 3.50 euros, e.g. for tea.", ["It cost 3.50 euros, e.g. for tea."]),
        ("", []),
    ],
)
def test_sentences(text, parts):
    assert sentences(text) == parts
