"""Prompts: filled whole or not at all."""

import pytest

from prompts import number, render

VALUES = {"goal": "polish", "sentiment": "+0.1", "politeness": "-0.4", "text": "Send $5 {now}."}


def test_the_text_stands_in_the_prompt_as_it_is():
    prompt = render("proofread", **VALUES)
    assert prompt.user == "polish, sentiment +0.1, politeness -0.4\nSend $5 {now}."
    assert (prompt.name, prompt.version) == ("proofread", 1)


def test_every_prompt_takes_the_same_values():
    assert render("instruct", **VALUES).user.endswith("\nSend $5 {now}.")


@pytest.mark.parametrize("values", [{**VALUES, "mood": "x"}, {"goal": "polish"}])
def test_a_missing_or_unused_value_raises(values):
    with pytest.raises(KeyError, match=r"missing .* unused"):
        render("proofread", **values)


def test_an_unknown_prompt_names_the_known_ones():
    with pytest.raises(KeyError, match=r"instruct, proofread"):
        render("proofreed", **VALUES)


@pytest.mark.parametrize(
    ("score", "text"), [(0.34, "+0.3"), (-1.0, "-1.0"), (-0.04, "+0.0"), (0, "+0.0")]
)
def test_scores_are_written_alike(score, text):
    assert number(score) == text
