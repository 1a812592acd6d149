"""The HTML of a state: every character of the email is there, escaped, and in its place."""

import json
import re
from dataclasses import replace
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.tone import Tone
from page.answers import options_for, spaced, tone_without, with_word
from page.diff import changes_html, describe, edit_key, empty_html, pieces, sentence_text
from page.examples import EXAMPLES
from page.settings import SETTINGS
from page.status import notice_html, progress_html
from page.tone import meters_html, sentences_html, signed
from proofreader.asking import Sampling
from proofreader.edits import Edit, apply
from proofreader.errors import ProofreadError
from proofreader.pipeline import Proofread, SentenceState
from tests.fake_proofreader import FakeProofreader

TEXT = "We recieve it tommorow. You idiot owe 1,840 EUR."


def state_of(text=TEXT, edits=(), sentences=(), **changes):
    neutral, edits, sentences = Tone(0, 0), tuple(edits), tuple(sentences)
    start = Proofread(text, text, edits, sentences, neutral, None, "done", 1, 2, None, 10, 20, "m")
    return replace(start, **changes)


def finished(text=TEXT):
    *_, last = FakeProofreader().run(text)
    return last


def marked(html):
    """The text within the mail, without what is inserted: the original again."""
    mail = re.search(r'<div class="mail".*?</div>', html, re.DOTALL)[0]
    return unescape(re.sub(r"<[^>]+>", "", re.sub(r"<ins>.*?</ins>", "", mail, flags=re.DOTALL)))


@st.composite
def states(draw):
    """Any text, cut anywhere: some stretches are edits, some other stretches are sentences."""
    text = draw(st.text("ab <&\"'\n", min_size=1, max_size=40))
    places = st.lists(st.integers(0, len(text)), max_size=10, unique=True).map(sorted)
    edits = [
        Edit(start, end, text[start:end], draw(st.sampled_from(["", "x", "<b>"])), "spelling", "r")
        for start, end in zip(*[iter(draw(places))] * 2, strict=False)
    ]
    sentences = [
        SentenceState(start, end, Tone(0, 0), Tone(0, 0), "done")
        for start, end in zip(*[iter(draw(places))] * 2, strict=False)
    ]
    return state_of(text, edits, sentences)


@given(states())
def test_no_character_is_lost_or_doubled(state):
    assert marked(changes_html(state, "r")).replace("␣", " ").replace("↵\n", "\n") == state.original
    parts = pieces(state)
    assert "".join(p if isinstance(p, str) else p[1] for p in parts) == state.original
    final = "".join(p if isinstance(p, str) else p[2] for p in parts)
    assert final == apply(state.original, state.edits)


@given(states())
def test_every_edit_is_marked_once_and_listed_once(state):
    html = changes_html(state, "r")
    for edit in state.edits:
        assert html.count(f'data-key="{edit_key(edit)}"') == 2
        assert html.count(f'data-row="{edit_key(edit)}"') == 1


def test_what_the_email_says_stays_text():
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    edit = Edit(0, 8, "<script>", hostile, "other", hostile)
    blocked = replace(edit, start=9, end=9, before=hostile, verdict="blocked", blocked_by=hostile)
    sentence = SentenceState(0, len(hostile), Tone(0, 0), None, "fallback", hostile)
    state = state_of(hostile, [edit, blocked], [sentence], notes=(hostile,))
    whole = changes_html(state, hostile) + sentences_html(state) + notice_html(hostile, [hostile])
    assert "<script" not in whole
    assert "<img" not in whole
    for tag in re.findall(r"<[^>]*>", whole):
        assert not re.search(r"\son\w+=", re.sub(r'"[^"]*"', "", tag))


def test_line_ends_nul_and_surrogates_reach_the_browser_as_they_are():
    text = "a\r\nb\x00\ud800 ‮c"
    data = re.search(r'data-pieces="([^"]*)"', changes_html(state_of(text), "r"))[1]
    assert data.isascii()
    assert json.loads(unescape(data)) == [text]


def test_an_edit_says_what_it_does():
    assert describe(Edit(0, 3, "has", "have", "agreement", "“I” takes “have”.")) == (
        "Agreement: replace “has” with “have”. “I” takes “have”."
    )
    assert describe(Edit(0, 0, "", "at ", "preposition", "r")).startswith(
        "Preposition: insert “at ”"
    )
    assert describe(Edit(0, 4, "very", "", "extra word", "r")).startswith(
        "Extra word: delete “very”"
    )


def test_blocked_edits_are_listed_without_a_switch():
    html = changes_html(finished(), "r")
    listed = html[html.index('<ul class="blocked"') :]
    assert "A number must stay as it is." in listed
    assert "<input" not in listed
    assert "button" not in listed
    assert "1,804" not in html[: html.index('<ul class="blocked"')]


def test_only_spaces_can_be_seen():
    html = changes_html(state_of("a  b", [Edit(1, 3, "  ", " ", "punctuation", "r")]), "r")
    assert "<del>␣␣</del><ins>␣</ins>" in html


def test_a_row_tells_source_confidence_and_effect_on_the_tone():
    edit = Edit(0, 2, "We", "They", "tone", "r", 0.55, "model", tone_effect=Tone(0.5, -0.004))
    html = changes_html(state_of(edits=[edit]), "r")
    assert '<span class="facts">model · 55% sure · sentiment +0.50</span>' in html


def test_nothing_to_change_is_said():
    assert "Nothing to change" in changes_html(state_of("Fine."), "r")
    assert "Stopped before" in changes_html(state_of("Fine.", phase="stopped"), "r")
    assert "Reading" in changes_html(state_of("Fine.", phase="editing"), "r")
    assert 'data-phase="idle"' in empty_html()


def test_meters_show_word_number_and_both_ends():
    html = meters_html(Tone(-0.9, -0.9), Tone(0.9, 0.25))
    assert "\N{MINUS SIGN}0.90" in html
    assert "+0.25" in html
    assert 'aria-valuenow="0.90"' in html
    assert html.count('class="dot') == 4
    assert "unchanged" in meters_html(Tone(0.2, 0.2), Tone(0.2, 0.2))
    assert "role=" not in meters_html(None).split("</div>")[0].split("track")[1]


def test_signed_numbers_are_as_wide_as_each_other():
    assert [signed(0.4), signed(-0.456)] == ["+0.40", "\N{MINUS SIGN}0.46"]


def test_each_sentence_has_its_scores_before_and_after():
    state = finished("You idiot. Thanks.")
    html = sentences_html(state)
    assert html.count("<tr>") == 3
    assert "<s>\N{MINUS SIGN}0.40</s> <b>+0.30</b>" in html
    assert sentences_html(state, [Tone(0.11, 0), Tone(0, 0)]).count("+0.11") == 1


def test_progress_tells_speed_time_left_and_the_end():
    working = state_of(phase="editing", progress=0.4, seconds_left=12.4)
    assert "5 tokens/s" in progress_html(working)
    assert "about 12 s left" in progress_html(working)
    assert 'aria-valuenow="40"' in progress_html(working)
    assert "about 3 min left" in progress_html(replace(working, seconds_left=170))
    assert "Done in 2.0 s" in progress_html(state_of())
    assert "Loading the model" in progress_html(state_of(phase="loading", progress=0))
    assert "Waiting" in progress_html(state_of(phase="waiting"))


def test_the_tone_without_an_edit_is_that_of_the_text_without_it():
    fake = FakeProofreader()
    state = finished("You idiot. Thanks.")
    key = edit_key(state.edits[0])
    whole, each = tone_without(state, {key}, fake.scorer)
    assert each == [one.before for one in state.sentences]
    assert whole == state.before
    assert tone_without(state, (), fake.scorer)[0] == state.after


def test_a_sentence_reads_with_its_edits_only():
    state = finished()
    assert sentence_text(TEXT, state.sentences[0], state.edits) == "We receive it tomorrow."


def test_states_are_thinned_but_every_phase_and_the_last_are_shown():
    phases = ["waiting", *["editing"] * 500, "done"]
    shown = [state.phase for state in spaced(state_of(phase=phase) for phase in phases)]
    assert shown[0] == "waiting"
    assert shown[-1] == "done"
    assert "editing" in shown
    assert len(shown) < 50


def test_options_are_checked(monkeypatch):
    assert options_for("polish", "embedded", [" Thandeka ", ""]).dictionary == {"Thandeka"}
    assert options_for("polish", "x", (), [one.default for one in SETTINGS]).sampling == Sampling()
    with pytest.raises(ProofreadError, match="errors only, polish"):
        options_for("nicer", "embedded")
    assert options_for("polish", "/models/own.gguf").model == "/models/own.gguf"
    monkeypatch.setenv("SPACE_ID", "someone/space")
    with pytest.raises(ProofreadError, match="Choose one of: embedded"):
        options_for("polish", "/models/own.gguf")


def test_own_words_are_kept_once():
    assert with_word("Thandeka\n\nLuz", "Luz") == "Thandeka\nLuz"
    assert with_word("", "Luz") == "Luz"


def test_settings_are_those_of_sampling_and_their_defaults_lie_within():
    assert [one.name for one in SETTINGS] == list(vars(Sampling()))
    for one in SETTINGS:
        assert one.low <= one.default <= one.high
        assert one.help.endswith(".")


def test_examples_are_many_and_unlike():
    assert len(EXAMPLES) >= 8
    assert len({example.label for example in EXAMPLES}) == len(EXAMPLES)
    assert max(len(example.text.split()) for example in EXAMPLES) > 380
