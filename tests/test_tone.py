"""The shipped tone scorer: signs, order, batching, aggregation, words. pytest tests/test_tone.py"""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import tone as module
from classifiers.tone import (
    Tone,
    ToneScorer,
    aggregate,
    politeness_word,
    sentiment_word,
    usable_cpus,
)

FLAT = {"plain": 1e9, "negative": 1.0, "rude": 1.0}
SQUARES = {"plain": 0.0, "negative": 1.0, "rude": 3.0}


@pytest.fixture(scope="module")
def scorer() -> ToneScorer:
    return ToneScorer()


def test_scores_are_in_order_of_the_texts_and_in_range(scorer):
    texts = [
        "I'm delighted, this is wonderful news!",
        "This is a disgrace and I am furious about it.",
        "Could you please send me the form when you have time? Many thanks.",
        "Shut up, you idiot.",
    ]
    glad, angry, asking, rude = scorer.score(texts)
    assert glad.sentiment > 0.5
    assert angry.sentiment < -0.5
    assert asking.politeness > 0.3
    assert rude.politeness < -0.3
    assert all(
        -1 <= value <= 1 for one in (glad, angry, asking, rude) for value in vars(one).values()
    )


def test_a_score_does_not_depend_on_its_neighbours(scorer):
    texts = ["Thanks!", "The invoice of March is attached to this message as a PDF file.", "No."]
    together = scorer.score(texts)
    assert [scorer.score([text])[0] for text in texts] == together
    assert scorer.score(texts[::-1]) == together[::-1]


def test_nothing_to_score_is_neutral(scorer):
    assert scorer.score([]) == []
    assert scorer.score(["", "  \n", "...", "\U0001f642"]) == [Tone(0.0, 0.0)] * 4


def test_a_very_long_text_is_scored(scorer):
    (long,) = scorer.score(["Thank you so much for your kind help. " * 500])
    assert long.sentiment > 0.1


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(st.text(max_size=60), max_size=5))
def test_any_text_gives_one_tone_each(texts):
    tones = SHARED.score(texts)
    assert len(tones) == len(texts)
    assert all(-1 <= one.sentiment <= 1 and -1 <= one.politeness <= 1 for one in tones)


SHARED = ToneScorer()


def test_missing_weights_say_what_to_do(tmp_path):
    with pytest.raises(ValueError, match=r"python -m classifiers\.train"):
        ToneScorer(tmp_path).score(["Hello there"])


def test_plain_weights_give_the_mean():
    whole = aggregate([Tone(1.0, 0.5), Tone(0.0, -0.1)], FLAT)
    assert whole.sentiment == pytest.approx(0.5, abs=1e-6)
    assert whole.politeness == pytest.approx(0.2)


def test_one_rude_sentence_makes_a_rude_email():
    polite, rude = Tone(0.4, 0.6), Tone(-0.8, -0.9)
    mail = [polite] * 5 + [rude]
    sums = 5 * 0.6**3 - 3 * 0.9**3, 5 * 0.6**2 + 3 * 0.9**2
    assert aggregate(mail, SQUARES).politeness == pytest.approx(sums[0] / sums[1])
    assert aggregate(mail).politeness < aggregate(mail, FLAT).politeness - 0.2
    assert aggregate(mail).politeness < aggregate([polite] * 6).politeness - 0.5


def test_strong_feeling_outweighs_plain_statements():
    mail = [Tone(0.0, 0.0)] * 4 + [Tone(0.9, 0.0)]
    assert aggregate(mail).sentiment > 0.9 / 5


def test_no_sentence_is_neutral_and_one_is_itself():
    assert aggregate([]) == Tone(0.0, 0.0)
    one = aggregate([Tone(0.3, -0.2)])
    assert (one.sentiment, one.politeness) == (pytest.approx(0.3), pytest.approx(-0.2))


def test_email_is_the_aggregate_of_its_sentences(scorer):
    sentences = ["Hi Ann,", "Thanks for the cake!", "See you on Monday."]
    assert scorer.email(sentences) == aggregate(scorer.score(sentences))


def test_words_follow_the_scores():
    assert sentiment_word(-0.95)[1] == "negative"
    assert sentiment_word(0.95)[1] == "positive"
    words = [politeness_word(score)[1] for score in (-1.0, 1.0)]
    assert words == ["rude", "very polite"]
    bands = module.settings()["politeness_words"]
    assert [band["below"] for band in bands] == sorted(band["below"] for band in bands)
    for band in bands[:-1]:
        assert politeness_word(band["below"] - 1e-6) == (band["emoji"], band["word"])
        assert politeness_word(band["below"])[1] != band["word"]


def test_tones_subtract():
    change = Tone(0.5, 0.25) - Tone(0.25, 0.5)
    assert change == Tone(0.25, -0.25)


@pytest.mark.parametrize(
    ("files", "cpus"),
    [
        ({"/sys/fs/cgroup/cpu.max": "150000 100000"}, 2),
        ({"/sys/fs/cgroup/cpu.max": "50000 100000"}, 1),
        ({"/sys/fs/cgroup/cpu.max": "max 100000"}, 4),
        (
            {
                "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "300000",
                "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            },
            3,
        ),
        ({"/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1"}, 4),
        ({}, 4),
    ],
)
def test_threads_follow_affinity_and_cgroup(monkeypatch, files, cpus):
    monkeypatch.setattr(module.os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(module, "_first_line", lambda path: files.get(path, ""))
    usable_cpus.cache_clear()
    try:
        assert usable_cpus() == cpus
    finally:
        usable_cpus.cache_clear()


def test_importing_loads_nothing():
    code = "import sys, classifiers.tone; print([m for m in sys.modules if m in HEAVY])"
    code = f"HEAVY = {{'onnxruntime', 'tokenizers', 'numpy', 'torch'}}; {code}"
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root)
    assert done.stdout.strip() == "[]", done.stderr


def test_sixteen_sentences_take_milliseconds(scorer):
    from classifiers.speed import SENTENCES

    scorer.score(SENTENCES)
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        scorer.score(SENTENCES)
        taken.append(time.perf_counter() - start)
    assert min(taken) < 1.0  # 20 ms on two idle cores; the bound leaves room for a busy machine
