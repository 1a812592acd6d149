"""Guards over single edits, from both sides: what must pass and what must not."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofreader.edits import Edit, align, apply
from proofreader.guards import check, check_all

# kept under "errors only": (original, revised)
KEPT = """
I met him on monday.|I met him on Monday.
The report of february is late.|The report of February is late.
I saw john today.|I saw John today.
my iphone broke|my iPhone broke
Teh meeting is on.|The meeting is on.
Recieved your mail.|Received your mail.
Thnaks for the help.|Thanks for the help.
Wich one is yours?|Which one is yours?
it is two late|it is too late
I want two leave now|I want to leave now
I dont know|I don't know
I cant go|I can't go
I can not go|I cannot go
It doesnt work|It doesn't work
It dosn't work|It doesn't work
She wont come|She won't come
We have alot of work|We have a lot of work
I came with out my key|I came without my key
How did noone notice?|How did no one notice?
Book us a three bed flat|Book us a three-bed flat
It is Priyas turn|It is Priya's turn
It starts on 3 may already|It starts on 3 May already
It is more expensive that the old one|It is more expensive than the old one
Wensday is fine|Wednesday is fine
See you on Wensday then|See you on Wednesday then
We fly in Febuary again|We fly in February again
I will pay tommorow|I will pay tomorrow
See you tonite|See you tonight
Its fine|It's fine
I don't know nothing.|I don't know anything.
I didn't see nobody.|I didn't see anybody.
I no him well|I know him well
Please let us no soon.|Please let us know soon.
I think Im on nights.|I think I'm on nights.
Tell me what are they for.|Tell me what they are for.
He comes always late.|He always comes late.
Is the room enough dark?|Is the room dark enough?
It is stronger as 12 metres.|It is stronger than 12 metres.
They said us that.|They told us that.
I need it untill Friday.|I need it by Friday.
Theirs no train.|There's no train.
Today Ive seen it.|Today I've seen it.
We looked at the Proposal|We looked at the proposal
fourty people came|forty people came
He have 3 cars|He has 3 cars
10 page are missing|10 pages are missing
I will wait 5 minute|I will wait 5 minutes
Please call Anna tommorrow|Please call Anna tomorrow
Dear Mr. Okafor, thank you for you help|Dear Mr. Okafor, thank you for your help
Berlin office are closed|The Berlin office is closed
we need informations from Priya|we need information from Priya
the 2nd floor are empty|the 2nd floor is empty
Send it to bob@example.com untill noon|Send it to bob@example.com until noon
See https://example.org/a_b for informations|See https://example.org/a_b for information
My english is bad|My English is bad
We met in germany|We met in Germany
i think so|I think so
im late|I'm late
thats right|that's right
todays plan|today's plan
Hi jon,\\nthe box is here.|Hi Jon,\\nthe box is here.
{{first_name}} are invited|{{first_name}} is invited
Invoice INV-2291 were sent|Invoice INV-2291 was sent
It cost 40 euro|It cost 40 euros
She is moving in june|She is moving in June
I have send it at 10 am|I have sent it at 10 am
Your the best|You're the best
There is unpossible delays|There are impossible delays
could you sent it|could you send it
the price is to high|the price is too high
He is taller then me|He is taller than me
I loose my keys often|I lose my keys often
We except your offer|We accept your offer
pls call me b4 noon|please call me before noon
The team are happy to recieve it|The team is happy to receive it
I look forward to hear from you|I look forward to hearing from you
everyone have there own desk|everyone has their own desk
I no longer has it|I no longer have it
Nobody know it|Nobody knows it
He said "yes" and go home|He said "yes" and goes home
the grafana board is slow, grafana are down|the grafana board is slow, grafana is down
PLEASE SEND TEH FILE|PLEASE SEND THE FILE
I seen the the boat|I seen the boat
Before i left I locked up|Before I left I locked up
"""
# blocked whatever the goal: (original, revised, how blocked_by starts)
HARMFUL = """
Thank you, every one of you.|Thank you, everyone of you.|word
I met John.|I met Jon.|name
We live in Berlin now|We live in Bern now|name
Hi jon,\\nthe box is here.|Hi John,\\nthe box is here.|name
Thanks, Siobhan|Thanks, Susan|name
We asked Ngozi about it|We asked Nigel about it|name
The plan of Priya is good. Priya agreed.|The plan of Prior is good. Priya agreed.|name
We were at Lidl|We were at the shop|name
Ask Mark about it|Ask mark about it|name
We work in the US|We work in the us|name
Talk to HR first|Talk to hr first|name
She likes her iPhone|She likes her iphone|name
I sent it to him|I sent it to Peter|name
The firm is good|The Siemens firm is good|name
pay 1000 now|pay 1,000 now|number
pay 1000 now|pay 100 now|number
bring 3 cups|bring cups|number
bring cups|bring 3 cups|number
bring two cups|bring three cups|number
bring two cups|bring 2 cups|number
It is our third try|It is our second try|number
come at 10:30|come at 10:00|number
version 2.3.1 is out|version 2.31 is out|number
the 21st floor|the 22nd floor|number
It takes 5 km|It takes 5 miles|unit
It takes 5 hours|It takes 5 days|unit
It cost $40|It cost 40|amount
It cost 40 euros|It cost 40 dollars|amount
a rise of 5%|a rise of 5|amount
see you on Monday|see you on Tuesday|date
see you on thuesday|see you on Tuesday|date
see you in March|see you in May|date
see you tomorrow|see you today|date
see you tomorrow morning|see you tomorrow|date
It is at 5 pm|It is at 5 am|date
on 03/04/2026|on 04/03/2026|date
see http://a.example/b now|see http://a.example/c now|link
see www.exmaple.com now|see www.example.com now|link
see exmaple.com now|see example.com now|link
mail jon.smyth@corp.example please|mail jon.smith@corp.example please|email
mail me at a@b.example or call|mail me or call|email
call +44 20 7946 0958|call +44 20 7946 0959|phone
open reprot.docx please|open report.docx please|file name
open Foo.pdf please|open foo.pdf please|file name
order AB-1293-X is late|order AB-1239-X is late|code
the max_retires flag|the max_retries flag|code
Dear {{frist_name}},|Dear {{first_name}},|placeholder
Dear [Name], hello|Dear Name, hello|placeholder
You have %d new mails|You have some new mails|placeholder
thanks to @jonny|thanks to @johnny|hashtag
see #lauch today|see #launch today|hashtag
I can go|I can't go|negation
I can't go|I can go|negation
I do not agree|I do agree|negation
I never said that|I said that|negation
It works without power|It works with power|negation
There is no room|There is room|negation
It is possible|It is impossible|negation
He is careful|He is careless|negation
They are unhappy|They are happy|negation
It is now ready|It is not ready|negation
He said "I has it"|He said "I have it"|quotation
She wrote \\u201cno worry\\u201d to us|She wrote \\u201cno worries\\u201d to us|quotation
come before noon|come after noon|meaning
we need more time|we need less time|meaning
tea and cake|tea or cake|meaning
it is my plan|it is your plan|person
he told us|she told us|person
We met him|I met him|person
We run zorbix daily, and zorbix is fast|We run zorbit daily, and zorbix is fast|term
see you soon|\\u0434\\u043e see you soon|language
"""
# right, but more than "errors only" asks for
STYLE = """
at 10 am|at 10 a.m.
We need to utilize it|We need to use it
Send me the list|Please send me the list
I do not mind|I don't mind
Yesterday I left|I left yesterday
It is a big problem|It is a significant problem
Thanks for that|Thank you for that
"""


def rows(text: str) -> list[tuple[str, ...]]:
    lines = [line for line in text.strip().splitlines()]
    return [
        tuple(part.encode().decode("unicode_escape") for part in line.split("|")) for line in lines
    ]


def checked(original: str, revised: str, goal: str, **others) -> list[Edit]:
    return [check(edit, original, goal, **others) for edit in align(original, revised)]


@pytest.mark.parametrize(("original", "revised"), rows(KEPT))
def test_kept(original, revised):
    edits = checked(original, revised, "errors only")
    assert [(edit.before, edit.after, edit.blocked_by) for edit in edits if edit.blocked_by] == []
    assert apply(original, edits) == revised


@pytest.mark.parametrize("goal", ["errors only", "polish"])
@pytest.mark.parametrize(("original", "revised", "reason"), rows(HARMFUL))
def test_harmful(original, revised, reason, goal):
    blocked = [edit for edit in checked(original, revised, goal) if edit.verdict == "blocked"]
    assert blocked
    assert any(edit.blocked_by.startswith(reason) for edit in blocked), blocked


@pytest.mark.parametrize(("original", "revised"), rows(STYLE))
def test_style_waits_for_its_goal(original, revised):
    strict = checked(original, revised, "errors only")
    assert {edit.blocked_by.split(":")[0] for edit in strict if edit.blocked_by} == {"goal"}
    free = checked(original, revised, "polish")
    assert [edit.blocked_by for edit in free if edit.blocked_by] == []


def test_the_users_own_words():
    edits = checked("Our fooblet are ready", "Our foobar is ready", "polish")
    own = checked(
        "Our fooblet are ready", "Our foobar is ready", "polish", dictionary=frozenset({"fooblet"})
    )
    assert [edit.blocked_by for edit in edits] == [None, None]
    assert [edit.blocked_by for edit in own] == ['dictionary: "fooblet"', None]
    two = checked(
        "the Blue Hat kit", "the blue hat kit", "polish", dictionary=frozenset({"Blue Hat"})
    )
    assert all(edit.verdict == "blocked" for edit in two)


def test_only_the_kinds_asked_for():
    kinds = frozenset({"spelling"})
    edits = checked("I has recieved it", "I have received it", "errors only", kinds=kinds)
    assert [edit.verdict for edit in edits] == ["blocked", "kept"]


def test_names_from_the_whole_email():
    email = "Hi Tamsin,\n\nTamsin's plan is good. Ask tamsin.\n\nRegards,\nWilf Oduya\n"
    assert checked(email, email.replace("tamsin", "Tamsin"), "errors only")[0].verdict == "kept"
    assert (
        checked(email, email.replace("tamsin", "him"), "polish")[0].blocked_by == 'name: "tamsin"'
    )
    assert checked(email, email.replace("Wilf", "Wolf"), "polish")[0].blocked_by == 'name: "Wilf"'


def test_an_edit_may_not_touch_line_breaks():
    edit = Edit(3, 5, "a\n", "a ", "punctuation", "x")
    assert check(edit, "On a\nhill", "polish").blocked_by == "line break"


PIECES = st.lists(
    st.sampled_from(
        "Hi Anna Berlin monday Monday 10 1,000 $5 not don't no \" https://a.b/c {{x}} [Name]"
        " teh the can cannot two too iPhone US us . , ? \n\n Regards, 5 km a.m. v2.1"
        " @bo #x un happy".split(" ")
    ),
    max_size=10,
).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(PIECES, PIECES)
def test_any_edit_gets_a_verdict(original, revised):
    for edit in checked(original, revised, "polish"):
        assert (edit.verdict == "kept") == (edit.blocked_by is None)


@settings(max_examples=300, deadline=None)
@given(PIECES, PIECES)
def test_what_is_kept_keeps_the_digits_and_links(original, revised):
    edits = check_all(align(original, revised), original, "polish")
    kept = [edit for edit in edits if edit.verdict == "kept"]
    after = apply(original, kept)
    for pattern in (r"\d+", r"https?://\S+", r"\{\{\w+\}\}", r"@\w+"):
        assert re.findall(pattern, after) == re.findall(pattern, original)


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        ("Log in at p\u0430yp\u0430l.example today.", Edit(16, 17, ".", "", "punctuation", "")),
        ("Your \u0430ccount number.", Edit(5, 12, "\u0430ccount", "account", "spelling", "")),
        ("It sends this\x00and stops.", Edit(14, 14, "", " ", "other", "")),
    ],
)
def test_odd_letters_are_left_as_they_are(text, edit):
    assert text[edit.start : edit.end] == edit.before
    assert check(edit, text).verdict == "blocked"


@pytest.mark.parametrize(
    ("original", "revised", "blocked"),
    [
        ("I'm writing about the job.", "I am writing about the job.", None),
        ("Can we meet on Monday?", "May we meet on Monday?", None),
        ("Answer me NOW, Tim.", "Please answer me now, Tim.", None),
        ("It is at 10 am.", "It is at 10 pm.", 'date or time: "am"'),
        ("In May we start.", "We start.", 'date or time: "may"'),
        ("See you in May.", "See you in March.", 'date or time: "may"'),
        ("<|end|>My mail", "<|end|> My mail", "placeholder: no space belongs there"),
        ("Yes, z\u0350algo.", "Yes, Z\u0350algo.", 'symbol: "z\u0350algo"'),
        ("The WHO said so.", "The who said so.", 'name: "WHO"'),
    ],
)
def test_words_that_look_like_dates_and_names(original, revised, blocked):
    edits = check_all(align(original, revised), original, "more formal")
    assert next((edit.blocked_by for edit in edits if edit.blocked_by), None) == blocked


@pytest.mark.parametrize(
    ("original", "revised", "kind"),
    [
        ("Please inform immediately the office.", "Please inform the office immediately.", "order"),
        ("The door of the shed is open.", "The shed door is open.", "order"),
        ("The passport of my son expired.", "My son's passport expired.", "order"),
        ("Our guest are eating here.", "Our guests eat here.", "verb form"),
    ],
)
def test_moved_words_are_kept_as_one_edit(original, revised, kind):
    edits = align(original, revised)
    kept = [edit for edit in check_all(edits, original) if edit.verdict == "kept"]
    assert apply(original, kept) == revised
    assert any(kind in edit.kind for edit in kept)
    unsure = [replace(edit, confidence=0.3) for edit in edits]
    assert apply(original, [e for e in check_all(unsure, original) if e.verdict == "kept"]) != (
        revised
    )


@pytest.mark.parametrize(
    ("original", "revised"),
    [
        ("The important point is missing.", "The point is missing."),
        ("We met Anna and paid Ben.", "We met Ben and paid Anna."),
        ("It costs 20 euros for 10 pens.", "It costs 10 euros for 20 pens."),
        ("I want to terminate my contract.", "I want to end my contract."),
    ],
)
def test_lost_exchanged_and_other_words_stay_blocked(original, revised):
    kept = [e for e in check_all(align(original, revised), original) if e.verdict == "kept"]
    assert apply(original, kept) == original
