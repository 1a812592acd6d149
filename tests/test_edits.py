"""Alignment of two versions into edits: literal pairs, and what must hold for any two texts."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from proofreader.edits import KINDS, align, apply

# (original, revised, [(start, before, after, kind), ...])
PAIRS = [
    ("I go store", "I go to the store", [(5, "", "to the ", "missing word")]),
    ("I recieve your mail.", "I receive your mail.", [(2, "recieve", "receive", "spelling")]),
    ("Iam happy.", "I am happy.", [(0, "Iam", "I am", "spelling")]),
    ("There are alot of boxes.", "There are a lot of boxes.", [(10, "alot", "a lot", "spelling")]),
    (
        "She cooks everyday for us.",
        "She cooks every day for us.",
        [(10, "everyday", "every day", "spelling")],
    ),
    ("He can not come.", "He cannot come.", [(3, "can not", "cannot", "spelling")]),
    ("Its raining.", "It's raining.", [(0, "Its", "It's", "spelling")]),
    ("The dog lost it's bone.", "The dog lost its bone.", [(13, "it's", "its", "spelling")]),
    ("Their is a problem.", "There is a problem.", [(0, "Their", "There", "spelling")]),
    ("Your welcome.", "You're welcome.", [(0, "Your", "You're", "spelling")]),
    ("It is bigger then mine.", "It is bigger than mine.", [(13, "then", "than", "spelling")]),
    ("This will effect sales.", "This will affect sales.", [(10, "effect", "affect", "spelling")]),
    ("Don't loose the key.", "Don't lose the key.", [(6, "loose", "lose", "spelling")]),
    ("I could of helped.", "I could have helped.", [(8, "of", "have", "verb form")]),
    ("It was to late.", "It was too late.", [(7, "to", "too", "spelling")]),
    ("Whos coat is this?", "Whose coat is this?", [(0, "Whos", "Whose", "spelling")]),
    ("We meet on the monday.", "We meet on Monday.", [(11, "the monday", "Monday", "article")]),
    ("i think so.", "I think so.", [(0, "i", "I", "capitalisation")]),
    ("the invoice is late.", "The invoice is late.", [(0, "the", "The", "capitalisation")]),
    ("He go to work.", "He goes to work.", [(3, "go", "goes", "agreement")]),
    ("They was here.", "They were here.", [(5, "was", "were", "agreement")]),
    ("I have went there.", "I have gone there.", [(7, "went", "gone", "verb form")]),
    ("I has went there.", "I went there.", [(2, "has ", "", "verb form")]),
    ("She is work today.", "She is working today.", [(7, "work", "working", "verb form")]),
    ("He going home.", "He is going home.", [(3, "", "is ", "verb form")]),
    ("It is depend on price.", "It depends on price.", [(3, "is depend", "depends", "verb form")]),
    ("I am agree with you.", "I agree with you.", [(2, "am ", "", "verb form")]),
    (
        "I look forward to hear from you.",
        "I look forward to hearing from you.",
        [(18, "hear", "hearing", "verb form")],
    ),
    ("We discussed about the plan.", "We discussed the plan.", [(13, "about ", "", "preposition")]),
    ("I am waiting your reply.", "I am waiting for your reply.", [(13, "", "for ", "preposition")]),
    ("Please reply until Friday.", "Please reply by Friday.", [(13, "until", "by", "preposition")]),
    ("She is interested on art.", "She is interested in art.", [(18, "on", "in", "preposition")]),
    (
        "I need informations.",
        "I need information.",
        [(7, "informations", "information", "agreement")],
    ),
    ("Two box are missing.", "Two boxes are missing.", [(4, "box", "boxes", "agreement")]),
    ("I have a idea.", "I have an idea.", [(7, "a", "an", "article")]),
    ("She bought an car.", "She bought a car.", [(11, "an", "a", "article")]),
    ("Meeting is at noon.", "The meeting is at noon.", [(0, "Meeting", "The meeting", "article")]),
    (
        "The people like the music.",
        "People like music.",
        [(0, "The people", "People", "article"), (16, "the ", "", "article")],
    ),
    (
        "Can you tell me where is it?",
        "Can you tell me where it is?",
        [(22, "is it", "it is", "word order")],
    ),
    (
        "I very like it.",
        "I like it very much.",
        [(2, "very ", "", "word choice"), (14, "", " very much", "missing word")],
    ),
    ("Why you are late?", "Why are you late?", [(4, "you are", "are you", "word order")]),
    ("I saw him yesterday him.", "I saw him yesterday.", [(19, " him", "", "extra word")]),
    ("The the boat left.", "The boat left.", [(4, "the ", "", "extra word")]),
    ("However we stayed.", "However, we stayed.", [(7, "", ",", "punctuation")]),
    ("We left , then ate.", "We left, then ate.", [(7, " ,", ",", "punctuation")]),
    ("Hello,Anna", "Hello, Anna", [(5, ",", ", ", "punctuation")]),
    ("Is it ready.", "Is it ready?", [(11, ".", "?", "punctuation")]),
    ("Thanks!!!", "Thanks!", [(6, "!!!", "!", "punctuation")]),
    ("I came. And he left.", "I came, and he left.", [(6, ". And", ", and", "punctuation")]),
    (
        "A well known baker called.",
        "A well-known baker called.",
        [(2, "well known", "well-known", "punctuation")],
    ),
    ("We will re-send it.", "We will resend it.", [(8, "re-send", "resend", "punctuation")]),
    ("Send the boys shoes.", "Send the boy's shoes.", [(9, "boys", "boy's", "punctuation")]),
    ("I dont mind.", "I don't mind.", [(2, "dont", "don't", "spelling")]),
    ("It wont fit.", "It will not fit.", [(3, "wont", "will not", "spelling")]),
    ("Thats all.", "That is all.", [(0, "Thats", "That is", "spelling")]),
    ("I do not mind.", "I don't mind.", [(2, "do not", "don't", "tone")]),
    ("Give me the report.", "Please give me the report.", [(0, "Give", "Please give", "tone")]),
    ("We need to utilize it.", "We need to use it.", [(11, "utilize", "use", "word choice")]),
    ("She gave me an advice.", "She gave me some advice.", [(12, "an", "some", "agreement")]),
    ("It is more cheap here.", "It is cheaper here.", [(6, "more cheap", "cheaper", "other")]),
    ("He drives careful.", "He drives carefully.", [(10, "careful", "carefully", "other")]),
    ("Me and Sam left.", "Sam and I left.", [(0, "Me and Sam", "Sam and I", "other")]),
    (
        "The man which called is here.",
        "The man who called is here.",
        [(8, "which", "who", "other")],
    ),
    (
        "I want that you come.",
        "I want you to come.",
        [(7, "that ", "", "extra word"), (16, "", "to ", "verb form")],
    ),
    ("Let me know if you will can.", "Let me know if you can.", [(19, "will ", "", "verb form")]),
    ("I must to leave.", "I must leave.", [(7, "to ", "", "verb form")]),
    (
        "In other hand, it works.",
        "On the other hand, it works.",
        [(0, "In", "On", "preposition"), (3, "", "the ", "article")],
    ),
    (
        "Although it rained, but we went.",
        "Although it rained, we went.",
        [(20, "but ", "", "extra word")],
    ),
    ("I use to live there.", "I used to live there.", [(2, "use", "used", "verb form")]),
    ("Did you went home?", "Did you go home?", [(8, "went", "go", "verb form")]),
    ("She has three childs.", "She has three children.", [(14, "childs", "children", "agreement")]),
    ("pls call me.", "please call me.", [(0, "pls", "please", "spelling")]),
    ("The\nrecieved box", "The received box", [(4, "recieved", "received", "spelling")]),
    (
        "We met in\nthe  big hall yesterday",
        "We met in a big hall yesterday",
        [(10, "the", "a", "article")],
    ),
    ("foo\nbar baz", "foobar baz", [(0, "foo\nbar", "foobar\n", "spelling")]),
    ("He came   late", "He came very late", [(10, "", "very ", "missing word")]),
    ("Send it\nto me", "Send it me", [(8, "to ", "", "preposition")]),
    ("One\ttwo three", "One two tree", [(8, "three", "tree", "word choice")]),
    ("I wich I knew.", "I wish I knew.", [(2, "wich", "wish", "spelling")]),
    (
        "Dear sir,\nI writing you.",
        "Dear Sir,\nI am writing to you.",
        [
            (5, "sir", "Sir", "capitalisation"),
            (12, "", "am ", "verb form"),
            (20, "", "to ", "preposition"),
        ],
    ),
    ("Kind regard", "Kind regards", [(5, "regard", "regards", "agreement")]),
    (
        "Its a pity , that he , is gone",
        "It's a pity that he is gone",
        [
            (0, "Its", "It's", "spelling"),
            (11, ", ", "", "punctuation"),
            (21, ", ", "", "punctuation"),
        ],
    ),
    ("He don\u2019t care", "He doesn't care", [(3, "don\u2019t", "doesn't", "agreement")]),
    ("I make a party.", "I throw a party.", [(2, "make", "throw", "word choice")]),
    ("at 10 am", "at 10 a.m.", [(6, "am", "a.m.", "punctuation")]),
    (
        "The informations was usefull for all",
        "The information was useful for all",
        [(4, "informations", "information", "agreement"), (21, "usefull", "useful", "spelling")],
    ),
    (
        "Please find attach the file.",
        "Please find attached the file.",
        [(12, "attach", "attached", "verb form")],
    ),
    (
        "I am writing to inform that we moved.",
        "I am writing to inform you that we moved.",
        [(23, "", "you ", "missing word")],
    ),
    ("Our office close at 5.", "Our office closes at 5.", [(11, "close", "closes", "agreement")]),
    (
        "Could you sent me the list?",
        "Could you send me the list?",
        [(10, "sent", "send", "verb form")],
    ),
    ("The price have increased.", "The price has increased.", [(10, "have", "has", "agreement")]),
    ("Thank you for you help.", "Thank you for your help.", [(14, "you", "your", "other")]),
    ("Sorry for reply late.", "Sorry for replying late.", [(10, "reply", "replying", "verb form")]),
    (
        "We was wondering weather you agree.",
        "We were wondering whether you agree.",
        [(3, "was", "were", "agreement"), (17, "weather", "whether", "spelling")],
    ),
]
REASONS = [
    ("its", "it's", '"its" means belonging to it; here "it\'s" = "it is" or "it has".'),
    ("recieve", "receive", 'Spelling: "recieve" -> "receive".'),
    ("go meeting", "go to the meeting", 'Add the missing words "to the" before "meeting".'),
    ("go to meeting", "go to the meeting", 'Add the article "the" before "meeting".'),
    ("They was here", "They were here", 'With "They" the verb is "were".'),
    ("She have time", "She has time", 'With "She" the verb is "has".'),
    ("I could of won", "I could have won", 'Write "have" after "could"; "of" only sounds like it.'),
    ("three box", "three boxes", 'After "three" the plural "boxes" is needed.'),
    ("much informations", "much information", '"information" has no plural.'),
    ("the the dog", "the dog", '"the" is there twice.'),
    ("i agree", "I agree", 'The word "I" is always a capital.'),
    ("a hour", "an hour", 'Use "an" before a vowel sound.'),
    ("Yes we can", "Yes, we can", 'Add a comma after "Yes".'),
    ("I dont", "I don't", '"don\'t" needs an apostrophe.'),
    ("well known", "well-known", 'Write "well-known" with a hyphen.'),
    ("alot", "a lot", '"a lot" is written as two words.'),
]


@pytest.mark.parametrize(("original", "revised", "expected"), PAIRS)
def test_pairs(original, revised, expected):
    edits = align(original, revised)
    assert [(e.start, e.before, e.after, e.kind) for e in edits] == expected


@pytest.mark.parametrize(("original", "revised", "reason"), REASONS)
def test_reasons(original, revised, reason):
    assert [edit.reason for edit in align(original, revised)] == [reason]


def test_offsets_count_in_the_whole_text():
    email = "Hi Ann,\n\nI recieve it."
    (edit,) = align(email[9:], "I receive it.", offset=9)
    assert email[edit.start : edit.end] == edit.before == "recieve"


def test_nothing_to_do():
    assert align("All is well.", "All is well.") == []
    assert align("A  wrapped\nline\there", "A wrapped line here") == []
    assert align("She said \u201cyes\u201d, didn\u2019t she?", 'She said "yes", didn\'t she?') == []


def test_one_of_several_edits_reads_right_alone():
    original = "I go store and buyed a apple."
    edits = align(original, "I go to the store and bought an apple.")
    assert [apply(original, [edit]) for edit in edits] == [
        "I go to the store and buyed a apple.",
        "I go store and bought a apple.",
        "I go store and buyed an apple.",
    ]


def test_a_long_text_is_aligned_fast_enough():
    sentence = "We recieve the goods every monday and store them in the old hall. "
    edits = align(sentence * 60, sentence.replace("recieve", "receive") * 60)
    assert [edit.after for edit in edits] == ["receive"] * 60


WORDS = st.sampled_from(
    "I we the a an to of is are was go goes went going house houses recieve receive , . ; ? - it's"
    " its don't 10 1,000 very not John e.g. x@y.org {{name}} ( ) alot a.m. caf\u00e9"
    " \U0001f600".split()
)
SPACES = st.sampled_from([" ", " ", " ", "", "\n", "  ", "\t", "\r\n", "\u00a0"])
TEXTS = st.lists(st.tuples(WORDS, SPACES), max_size=14).map(
    lambda pairs: "".join(word + space for word, space in pairs)
)
QUOTES = str.maketrans("\u2019\u2018\u201c\u201d\u2013", "''\"\"-")


def letters(text: str) -> str:
    return re.sub(r"\s+", "", text).translate(QUOTES)


def line_breaks(text: str) -> list[str]:
    return re.findall(r"\r\n|\r|\n", text)


@settings(max_examples=400, deadline=None)
@given(TEXTS, TEXTS, st.integers(0, 50), st.data())
def test_any_two_texts(original, revised, offset, data):
    edits = align(original, revised, offset)
    assert all(original[e.start - offset : e.end - offset] == e.before for e in edits)
    assert all(e.before != e.after and e.kind in KINDS and e.reason for e in edits)
    spans = [(e.start, e.end) for e in edits]
    assert spans == sorted(spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    edits = align(original, revised)
    assert letters(apply(original, edits)) == letters(revised)
    assert apply(original, []) == original
    for edit in edits:
        assert line_breaks(edit.before) == line_breaks(edit.after)
    some = data.draw(st.sets(st.sampled_from(edits))) if edits else set()
    assert line_breaks(apply(original, list(some))) == line_breaks(original)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
@example("0\r0\n0", "")
def test_any_two_strings(original, revised):
    edits = align(original, revised)
    assert letters(apply(original, edits)) == letters(revised)
    assert all(line_breaks(e.before) == line_breaks(e.after) for e in edits)


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, max_size=12), st.lists(WORDS, max_size=12))
def test_single_spaces_come_out_as_revised(old, new):
    original, revised = " ".join(old), " ".join(new)
    assert apply(original, align(original, revised)).split() == revised.split()
