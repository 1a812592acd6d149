"""How time and memory grow: the texts, the fitted line, and two real short lengths."""

import json

import pytest

from proofreader.errors import ProofreadError
from training import growth
from training.growth import Line, text_of

EMAILS = ["Hi Ana,\n\nOne two three. Four five six seven.\n\nBye,\nBo", "Eight nine ten."]


def test_a_text_is_whole_sentences_a_paragraph_for_each_email():
    assert text_of(4, EMAILS) == "Hi Ana, One two three."
    assert text_of(12, EMAILS).split("\n\n")[-1] == "Eight nine ten."
    with pytest.raises(ProofreadError, match="too few for 500"):
        text_of(500, EMAILS)


def test_the_written_emails_are_enough_for_the_longest_text():
    emails = [row["text"] for row in growth.train_emails()]
    words = max(growth.LENGTHS)
    assert words <= len(text_of(words, emails).split()) < words + 60


def test_the_line_of_least_squares():
    assert Line.fit([1, 2, 3], [5.0, 7.0, 9.0]) == Line(3.0, 2.0, 1.0)
    bent = Line.fit([0, 1, 2, 3], [0.0, 1.0, 4.0, 9.0])
    assert (bent.start, bent.slope) == (-1.0, 3.0)
    assert bent.r2 == pytest.approx(1 - 4 / 49)
    assert Line.fit([1, 2], [4.0, 4.0]).r2 == 1.0


def test_one_length_alone_is_refused(capsys):
    assert growth.main(["--lengths", "20", "20"]) == 1
    assert "two different --lengths" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        growth.main(["--runs", "0"])
    assert "0 is not a whole number from 1 on" in capsys.readouterr().err


def test_two_real_lengths(tmp_path, base_path):
    arguments = ["--lengths", "4", "12", "--runs", "1", "--model", str(base_path)]
    assert growth.main([*arguments, "--out", str(tmp_path)]) == 0
    found = json.loads((tmp_path / "growth.json").read_text(encoding="utf-8"))
    assert [point["words"] >= least for point, least in zip(found["points"], (4, 12), strict=True)]
    assert all(0 < point["first_sentence"] <= point["seconds"] for point in found["points"])
    assert found["memory"]["start"] > 100  # MB; the weights alone are 98
    assert found["time"]["r2"] == pytest.approx(1.0)  # two points are always on a line
