"""Sentences keep their place: boundaries, wrapped lines, list items, offsets, long sentences.

Run: python -m pytest tests/test_sentences.py
"""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofreader.mail import Email
from proofreader.sentences import sentences

# One paragraph each; " | " marks a boundary.
CASES = """
Dr. Patel called this morning. | She wants the results by noon.
Please bring pens, paper, e.g. the yellow pads, and your badge. | Lunch is at one.
We shipped v2.3.1 last night. | Nothing broke.
See https://example.org/a.b?c=d.e for details. | It's short.
The meeting starts at 3.5 p.m. and ends at six.
We meet at 5 p.m. | Bring your laptop.
I was thinking... maybe we should wait.
I was thinking... | Maybe we should wait.
Acme Inc. and Bolt Ltd. have merged.
J. R. R. Tolkien wrote it. | I read it twice.
She said "I'm done." | Then she left.
He asked, "Are you coming?" | I said no.
Is this right? | I don't think so! | Let me check.
The total is $3.50. | Please pay by Friday.
Version 2.0 is out. | Update now.
Please see Fig. 3 and Sec. 2 for more.
Contact Mr. O'Neil or Mrs. Adams. | They know.
The U.S. office is closed. | The U.K. one isn't.
We moved to the U.S. | It was hard.
Send it to anna.b@example.co.uk. | She will print it.
Prices rose approx. 5 percent vs. last year.
What?! | You can't be serious!!
I need 3 items: a pen, a pad, and ink. | That's all.
The store opens Mon. to Fri. at nine.
See you on Jan. 5 at noon.
It costs 1.000,50 EUR. | Is that ok?
Wait for my call. | OK?
Yes. | No. | Maybe.
Tom et al. showed this in 2019. | We agree.
He works at Yahoo! and likes it.
My flight is at 10 a.m. tomorrow.
This is the No. 1 problem. | Fix it.
Let's talk tomorrow; I'm busy now.
Can you do it by 5pm? | thanks.
We use Node.js and ASP.NET here. | Both work.
The file report.final.docx is missing. | Where is it?
Hi Bob. | Hope you are well.
I live on Main St. near the bank.
She has a Ph.D. in physics. | He has an M.A. in art.
"Stop!" he shouted.
Please reply asap. | Best, I think, is Tuesday.
Mr. and Mrs. Lee came. | Prof. Kim did not.
Room no. 12 is free. | Take it.
The car (a 1998 model, etc.) was sold. | We miss it.
I'm fine, thanks. | And you?
Check the logs at 10.0.0.1. | They are long.
It took approx. 3 hrs. to finish.
Call Sgt. Brown or Lt. Ray.
The answer was 'no'. | We moved on.
Well, that's it. | 2 people came.
Sorry for the late reply. | I was ill. | How are you?
Please pay £20. | £5 is for tea.
Your order no. is 4412. | Keep it.
He left at 6 a.m. | She left at 7.
Do it now, i.e. before noon. | Then rest.
""".strip().splitlines()


def sources(text):
    return [sentence.source for sentence in sentences(Email.split(text))]


@pytest.mark.parametrize("case", CASES)
def test_boundaries(case):
    assert sources(case.replace(" | ", " ")) == case.split(" | ")


LAYOUTS = [
    (
        "Hi Bob,\ni has a question about the invoice.\n",
        ["Hi Bob,", "i has a question about the invoice."],
    ),
    ("Agenda\n\n- budget for may\n- New chairs\n", ["Agenda", "budget for may", "New chairs"]),
    ("1. Call Ana\n2) Pay the bill\n  a) by card\n", ["Call Ana", "Pay the bill", "by card"]),
    ("• Milk\n• Bread\n\t[x] Eggs", ["Milk", "Bread", "[x] Eggs"]),
    (
        "We have received your order of the 3rd of May and we are going to\r\n"
        "   ship it as soon as the missing parts are here. Thank you for\r\nyour patience.\r\n",
        [
            "We have received your order of the 3rd of May and we are going to ship it as soon as "
            "the missing parts are here.",
            "Thank you for your patience.",
        ],
    ),
    (
        "Please tell the new people in the warehouse and also in the office of\n"
        "Maria Keller that they have to sign. The lists hang at the door since\nMonday.\n",
        [
            "Please tell the new people in the warehouse and also in the office of Maria Keller "
            "that they have to sign.",
            "The lists hang at the door since Monday.",
        ],
    ),
    (
        "I will be late today\nThe train is broken\n",
        ["I will be late today", "The train is broken"],
    ),
    (
        "quick update from my side\nwe fixed the bug in login page\n",
        ["quick update from my side", "we fixed the bug in login page"],
    ),
    ("I would like to ask you\nif i can come.", ["I would like to ask you", "if i can come."]),
    (
        "I would like to ask you today\nif i can come.",
        ["I would like to ask you today if i can come."],
    ),
    ("We need:\ntwo chairs\none table\n", ["We need:", "two chairs", "one table"]),
    ("Hello!!!\n\n***\n\n12:30\n\nSee you", ["Hello!!!", "See you"]),
    (
        "- This point goes on for a while and it wraps to the second line\nto the next\n- Two",
        ["This point goes on for a while and it wraps to the second line to the next", "Two"],
    ),
    ("✅ The door is mended 🎉\n👍 Good work", ["The door is mended 🎉", "Good work"]),
    ("I was ill today.I will come tomorrow.", ["I was ill today.I will come tomorrow."]),
]


@pytest.mark.parametrize(("text", "expected"), LAYOUTS)
def test_layout(text, expected):
    assert sources(text) == expected


def test_only_the_body_has_sentences():
    text = (
        "Subject: Keys\n\nI lost they key.\n\nAnswer below the quote.\n"
        "> Where is it?\nIn the car.\n\n-- \nAna Ruiz\n"
    )
    assert sources(text) == ["I lost they key.", "Answer below the quote.", "In the car."]


def test_places_in_the_original():
    text = "Hi Bob,\r\n\r\n  - We met the people from the town hall \r\n    and they say yes.\r\n"
    first, second = sentences(Email.split(text))
    assert (first.start, first.end) == (0, 7)
    assert second.text == "We met the people from the town hall \r\n    and they say yes."
    assert second.source == "We met the people from the town hall and they say yes."
    assert text[second.start : second.end] == second.text
    at = second.source.index("and")
    assert text[second.to_original(at) :].startswith("and they")
    assert second.to_original(0) == second.start
    assert second.to_original(len(second.source)) == second.end
    assert text[second.to_original(at - 1)] == " "


def test_a_long_sentence_is_cut_at_a_good_place():
    text = (
        "We went to the harbour and looked at every boat that was for sale there, " * 5
        + "but none of them was cheap enough for us; "
        + "so we drove home again along the coast road and talked about the summer " * 5
    )
    found = sentences(Email.split(text))
    assert len(found) == 2
    assert found[0].text.endswith("for sale there,")
    assert found[1].text.startswith("but none of them")
    assert "".join(one.text for one in found).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("text", ["word " * 5000, "a" * 30_000, "one, two. " * 3000])
def test_no_sentence_is_too_long_for_the_model(text):
    found = sentences(Email.split(text))
    assert max(len(one.source.split()) for one in found) <= 120
    assert max(len(one.source) for one in found) <= 1000
    assert sum(len(one.text.replace(" ", "")) for one in found) == len(text.replace(" ", ""))


PIECES = [
    "\r\n",
    "\r",
    "\n",
    "\n\n",
    " ",
    "\t",
    "    ",
    "- ",
    "1. ",
    "> ",
    ". ",
    "? ",
    "...",
    "(",
    ")",
    "Dr. ",
    "e.g. ",
    "Hi Bob,",
    "the cat",
    "I am",
    "\u2028",
    "\x85",
    "\x00",
    "�",
    "😀 ",
    "Thanks,\n",
    "word " * 30,
    ", and ",
    "; ",
    '"',
    "-- \n",
    "1.5",
    "é",
    "日本。",
]


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=60).map("".join)))
def test_any_text_keeps_its_offsets(text):
    end = 0
    for one in sentences(Email.split(text)):
        assert end <= one.start < one.end
        end = one.end
        assert text[one.start : one.end] == one.text == one.text.strip()
        assert one.to_original(0) == one.start
        assert one.to_original(len(one.source)) == one.end
        if "\n" not in one.text and "\r" not in one.text:
            assert one.source == one.text
        for i, character in enumerate(one.source[:80]):
            original = text[one.to_original(i)]
            assert original == character or (character == " " and original.isspace())


def test_a_150_word_email_takes_under_5_ms():
    text = (
        "Hi Ana,\n\n"
        + "I has looked at the offer from Mr. Lee and it are fine for us. " * 10
        + "\n"
    )
    sentences(Email.split(text))
    start = time.process_time()
    for _ in range(20):
        sentences(Email.split(text))
    assert (time.process_time() - start) / 20 < 0.005
