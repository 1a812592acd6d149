"""What is a matter of style: lists, greetings, closings and bare lines stay as they are."""

import pytest

from tests.fake_engine import last, reader


def test_a_list_item_keeps_its_small_letter_and_its_bare_end():
    text = "We need:\n- two chair for table 4\n- a lamp\n"
    proofreader, _ = reader({"two chair for table 4": "Two chairs for table 4."})
    state = last(proofreader, text)
    assert state.revised == text.replace("chair", "chairs")
    blocked = [edit.after for edit in state.edits if edit.verdict == "blocked"]
    assert blocked == ["Two", "."]


def test_a_greeting_keeps_its_marks():
    text = "Helo Mr. Brandt,\n\nHello Ms. Kim,\n"
    proofreader, _ = reader({"Hello Ms. Kim,": "Hello, Ms. Kim."})
    state = last(proofreader, text)
    assert state.revised == text
    assert [edit.verdict for edit in state.edits] == ["blocked", "blocked"]


def test_a_closing_line_keeps_its_comma():
    text = "Thanks alot for you help,\nBogdan\n"
    line = text.split("\n")[0]
    state = last(reader({line: "Thanks a lot for your help."})[0], text)
    assert state.revised == "Thanks a lot for your help,\nBogdan\n"


@pytest.mark.parametrize(
    ("text", "line", "stays"),
    [
        ("See:\n\n3 May: train to Basel\n4 May: bus to Bern\n", "4 May: bus to Bern", True),
        ("We thank you.\n\nYour network team\n", "Your network team", True),
        ("Your network team", "Your network team", False),
        ("We thank you.\n\nPlease call us before the cable is laid\n",
         "Please call us before the cable is laid", False),
    ],
)  # fmt: skip
def test_lines_that_are_no_sentences_get_no_full_stop(text, line, stays):
    state = last(reader({line: f"{line}."})[0], text)
    assert (state.revised == text) is stays
