"""An email comes apart into body, quotes, signature, headers, code, tables and links, losslessly.

Run: python -m pytest tests/test_mail.py
"""

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofreader.mail import Email


def kinds(text):
    return [part.kind for part in Email.split(text).parts]


def body(text):
    return "".join(part.text for part in Email.split(text).parts if part.kind == "body")


QUOTED = {
    "gmail": "Fine.\n\nOn Mon, Apr 2, 2012 at 6:26 PM, Megan One <m@x.com> wrote:\n\n> Hi\n",
    "wrapped": "Fine.\n\nOn Mon, Apr 2, 2012 at 6:26 PM, Megan One\n<m@x.com>\nwrote:\n\n> Hi\n",
    "unmarked": "Fine.\n\nOn 3 May 2024, at 10:27, Dan <d@x.com> wrote:\nThis is old.\n",
    "french": "Fine.\n\nLe lun. 3 juin 2024 à 09:12, Zoé Petit <z@x.fr> a écrit :\n> Bonjour\n",
    "german": "Fine.\n\nAm 03.06.2024 um 09:12 schrieb Jan Wolf:\n> Hallo\n",
    "spanish": "Fine.\n\nEl lun, 3 jun 2024 a las 9:12, Eva (<e@x.es>) escribió:\n\n> Hola\n",
    "russian": "Fine.\n\n02.04.2012 14:20 пользователь Иван <i@x.ru> написал:\n\n> Привет\n",
    "original": "Fine.\n\n-----Original Message-----\nFrom: Al\nSent: Monday\nSubject: A\n\nOld.\n",
    "german original": "Fine.\n\n-----Ursprüngliche Nachricht-----\nVon: Al\nBetreff: A\n\nAlt.\n",
    "outlook": "Fine.\n\n________________________________\nFrom: Al B <a@x.com>\n"
    "Sent: Monday, 3 June\nTo: Me\nSubject: Keys\n\nWhere are they?\n",
    "outlook bare": "Fine.\n\nFrom: Al B <a@x.com>\nSent: Monday, 3 June\nTo: Me\n\nWhere?\n",
    "forwarded": "Fine.\n\n---------- Forwarded message ---------\nFrom: Al <a@x.com>\n"
    "Date: Mon, 3 June\nSubject: Keys\nTo: <me@x.com>\n\nWhere are they?\n",
    "apple forward": "Fine.\n\nBegin forwarded message:\n\nFrom: Al <a@x.com>\nDate: May\n\nOh.\n",
    "bare quote": "Fine.\n> See you\n> at ten\n",
    "names only": "Fine.\n\nBob wrote:\n> See you\n",
}


@pytest.mark.parametrize("text", QUOTED.values(), ids=QUOTED.keys())
def test_quotes_are_set_aside(text):
    assert body(text).strip() == "Fine."
    assert set(kinds(text)) <= {"body", "quoted", "header"}


def test_replies_between_quotes_are_body():
    text = "On Tue, 3 May 2022 Al <a@x.com> wrote:\n> Ready?\n\nYes, we is.\n\n> And Tom?\n\nToo.\n"
    assert kinds(text) == ["quoted", "body", "quoted", "body"]
    assert body(text) == "Yes, we is.\n\nToo.\n"


@pytest.mark.parametrize(
    "text",
    [
        "On Friday Tom wrote:\nthat is all i know.\n",
        "On your remote host you can do this:\nlog in and wait.\n",
        "The letter from: John and the date: Monday are wrong.\nPlease look.\n",
        "From Monday on we open at nine.\nTo the staff: be early.\n",
    ],
)
def test_ordinary_lines_are_no_quotes(text):
    assert kinds(text) == ["body"]


SIGNATURES = {
    "delimiter": ("See you.\n\n-- \nAna Ruiz\nHead of Sales\n", "-- \nAna Ruiz\nHead of Sales\n"),
    "regards": ("See you.\n\nBest regards,\nAna\n", "Best regards,\nAna\n"),
    "thanks": ("See you.\n\nThanks,\n\nKim Ward\n", "Thanks,\n\nKim Ward\n"),
    "lower case": ("see you.\n\nthanks\nmaria\n", "thanks\nmaria\n"),
    "one line": ("See you.\n\nThanks, Bob\n", "Thanks, Bob\n"),
    "name": ("See you at ten.\n\nKim\n", "Kim\n"),
    "name below": ("I will call you at ten.\nKim\n", "Kim\n"),
    "dash": ("See you at ten.\n\n-Abhishek Kona\n", "-Abhishek Kona\n"),
    "contacts": (
        "See you.\n\nGina Moore\nOffice Manager\ngina@example.com\n(555) 346-9947\n",
        "Gina Moore\nOffice Manager\ngina@example.com\n(555) 346-9947\n",
    ),
    "long block": (
        "See you.\n\nKind regards,\n\nDr. Lena Vogt | Chemistry\nTel: +49 30 1234567\n"
        "www.example.org\n\nThis e-mail is confidential and meant\nfor nobody else to read.\n",
        "Kind regards,\n\nDr. Lena Vogt | Chemistry\nTel: +49 30 1234567\nwww.example.org\n\n"
        "This e-mail is confidential and meant\nfor nobody else to read.\n",
    ),
    "address": (
        "I want my money back.\n\nMrs. J. Robinson\nFlat 4, 22 Elm Street\n",
        "Mrs. J. Robinson\nFlat 4, 22 Elm Street\n",
    ),
    "notice": ("See you.\n\nRegards\nLi\n\nCONFIDENTIALITY NOTICE: It is not for others.\n", None),
    "closing alone": ("See you.\n\nYours sincerely\n", "Yours sincerely\n"),
    "phone": ("See you.\n\nSent from my iPhone\n", "Sent from my iPhone\n"),
    "rule": (
        "See you.\n\n________________\nGary Hewitt\ntel: 202-715-7098\n",
        "________________\nGary Hewitt\ntel: 202-715-7098\n",
    ),
    "german": ("Bis dann.\n\nMit freundlichen Grüßen\nJan Wolf\n", None),
}


@pytest.mark.parametrize(("text", "signature"), SIGNATURES.values(), ids=SIGNATURES.keys())
def test_signatures(text, signature):
    parts = Email.split(text).parts
    assert [part.kind for part in parts] == ["body", "signature"]
    assert parts[1].text == (signature or text.split("\n\n", 1)[1])


@pytest.mark.parametrize(
    "text",
    [
        "Thanks for your help.\n\nI will call you.\n",
        "I got it.\n\nThanks for your help.\n",
        "I got it.\n\nThank you very much!\n",
        "Thanks,\nI will look at it today.\n",
        "Cheers for the cake.\nIt was lovely.\n",
        "Here is another email\n\nSent from my desk, is much easier then my mobile phone.\n",
        "Stuff happened.\n\nAnd here is a fix -- this is not a signature.\n",
        "We need:\n- apples\n- Pears\n",
        "The winner is:\n\nAnna Smith\n",
        "Best regards to your mother.\nWe miss her.\n",
        "Please bring the keys\nand the red folder\n",
    ],
)
def test_sentences_are_no_signatures(text):
    assert kinds(text) == ["body"]


def test_a_postscript_is_body():
    text = "See you.\n\nBest,\nTom\n\nP.S. Dont forget the cake.\n"
    assert kinds(text) == ["body", "signature", "body"]
    assert body(text).endswith("P.S. Dont forget the cake.\n")


def test_signature_before_a_quote():
    text = "Fine.\n\nThanks,\nBob\n\nOn 3 May 2024, Al <a@x.com> wrote:\n> Is it ok?\n"
    assert kinds(text) == ["body", "signature", "quoted"]


def test_headers_at_the_top():
    text = "Subject: Re: the keys\nTo: a@x.com,\n  b@x.com\n\nI has them.\n"
    parts = Email.split(text).parts
    assert [(part.kind, part.start) for part in parts] == [("header", 0), ("body", 46)]


ASIDE = {
    "code": [
        "Run it:\n```\nmake all\n```\nThen wait.\n",
        "It says:\n\nTraceback (most recent call last):\n  File \"a.py\", line 3, in f\n    x = 1\n"
        "KeyError: 'a'\n\nWhat now?\n",
        'The settings are these.\n{\n  "name": "x",\n  "size": 3\n}\nAre they right?\n',
        "Type this.\n$ ls -la /tmp\nand tell me.\n",
        "Look at it.\n<script>alert(1)</script>\n<p>Hi</p>\nBye bye.\n",
        "The key:\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\nis wrong.\n",
        "Look.\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENBF\n-----END PGP PUBLIC "
        "KEY BLOCK-----\nIs it yours?\n",
        "Look.\n  at com.acme.Main.run(Main.java:10)\n  at com.acme.Main.main(Main.java:3)\nWhy?\n",
    ],
    "table": [
        "Prices:\nItem | Price\nPen | 2\nPad | 3\nAll in euro, please check.\n",
        "Prices.\nItem\tPrice\nPen\t2\nAll in euro.\n",
        "Prices.\nItem      Price   Stock\nPen       2       10\nAll in euro.\n",
        "The rows.\nid,name,city\n1,Ana,Rome\n2,Bo,Oslo\nIs that all?\n",
    ],
    "link": ["Look:\nhttps://example.org/a?b=c\nGood.\n", "See\n<www.example.org>\nplease.\n"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text"), [(k, text) for k, texts in ASIDE.items() for text in texts]
)
def test_what_is_no_prose(kind, text):
    assert kinds(text) == ["body", kind, "body"]


@pytest.mark.parametrize(
    "text",
    [
        "    I moved this paragraph to the right, it is still prose.\n",
        "make sure that you come to the party\nimport duties are high, public holidays are few\n",
        "He said two things;  first that it is late, second that we go.\nWell,  ok.\n",
        "$ 500 is to much for this\nand # 3 is broken\n",
        "Paris, Rome, and Oslo are nice.\nAna, Bo, and Cem go too.\n",
        "See https://example.org for more.\n",
        "1)\tFirst we eat.\n2)\tThen we go.\n",
        "<Client name> have asked for an offer.\n",
    ],
)
def test_prose_stays_body(text):
    assert kinds(text) == ["body"]


PIECES = [
    *"\r\n|\r|\n|\n\n|> |-- \n|On 3 May 2020, A <a@b.c> wrote:\n|Thanks,\n|Bob\n|From: a\n|"
    "Sent: b\n|```\n|-----Original Message-----\n|a,b,c\n|________________\n|http://x.y\n|\x00|"
    "�|\x85|\u2028|\x0b|\x0c|\x1c| |\t|P.S. x|Sent from my iPhone\n|def f():\n|"
    "Tel: 555-1234567\n|text, more text.\n".split("|"),
    "| a | b |\n",
]


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        st.text(st.characters(codec=None)),
        st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
        st.text("\r\n> -_a:.\x85\u2028\ud800"),
    )
)
def test_any_text_comes_back(text):
    parts = Email.split(text).parts
    assert str(Email(parts)) == text
    assert "".join(part.text for part in parts) == text
    for part in parts:
        assert text[part.start : part.start + len(part.text)] == part.text
    assert all(part.text for part in parts)
    assert all(a.kind != b.kind for a, b in pairwise(parts))


BIG = {
    "newlines": "\n" * 10_000,
    "words": "We has a lot to say about it, and more. " * 25_000,
    "lines": "We has a lot to say about it, and more.\r\n" * 25_000,
    "no space": "a" * 1_000_000,
    "quotes": "> " * 500_000,
    "brackets": "(" * 1_000_000,
    "openings": "On 3 May 2024\n" * 25_000,
    "closings": "Thanks,\n" * 40_000,
    "rules": "________\nAna 555-1234567\n\n" * 10_000,
}


@pytest.mark.parametrize("text", BIG.values(), ids=BIG.keys())
def test_a_megabyte_is_quick(text):
    start = time.process_time()
    email = Email.split(text)
    assert time.process_time() - start < 3
    assert str(email) == text


def test_nothing_of_nothing():
    assert Email.split("").parts == ()
    assert kinds("\r\n \n") == ["body"]


def test_a_patch_is_code():
    patch = "--- a/gate.c\n+++ b/gate.c\n@@ -1 +1 @@\n-  if (x = 1) opne();\n+  if (x) open();\n"
    text = f"It fails:\n\n{patch}\nBye then.\n"
    kinds = [(part.kind, part.text) for part in Email.split(text).parts]
    assert [kind for kind, _ in kinds] == ["body", "code", "body"]
    assert "opne" in kinds[1][1]
