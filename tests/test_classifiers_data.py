"""The written emails: enough of them, varied, split by topic; and the changes made to texts.

pytest tests/test_classifiers_data.py
"""

import random

import pytest
from rapidfuzz import fuzz, process

from classifiers import corpora
from classifiers.augment import KEYBOARD, has_people, swap_people, typo

PARTS = ("train", "dev", "test")


def rows(name: str) -> list[dict]:
    return [row for part in PARTS for row in corpora.written_rows(name, part)]


@pytest.mark.parametrize("name", corpora.LABELLED)
def test_there_are_600_of_each_and_every_label_is_sound(name):
    found = rows(name)
    assert len(found) >= 600
    assert {row["sentiment"] for row in found} == set(corpora.SENTIMENTS)
    assert all(-1 <= row["politeness"] <= 1 for row in found)
    assert all(row["text"].strip() == row["text"] != "" for row in found)


def test_topics_do_not_cross_the_split():
    for name in (*corpora.LABELLED, "pairs", "emails"):
        topics = {
            part: {row["topic"] for row in corpora.written_rows(name, part)} for part in PARTS
        }
        assert not topics["train"] & topics["test"], name
        assert not topics["dev"] & topics["test"], name
        assert not topics["train"] & topics["dev"], name


def test_no_test_sentence_resembles_a_training_sentence():
    train = [row.text for name in corpora.LABELLED for row in corpora.written(name, "train")]
    test = [row.text for name in corpora.LABELLED for row in corpora.written(name, "test")]
    # Two-word texts ("Kind regards") are bound to recur in email; longer ones are not.
    near = [
        (text, found[0])
        for text in test
        if len(text.split()) > 5
        and (found := process.extractOne(text, train, scorer=fuzz.ratio, score_cutoff=88))
    ]
    assert near == []


def test_no_text_is_written_twice():
    texts = [row["text"] for name in corpora.LABELLED for row in rows(name)]
    assert len(set(texts)) == len(texts)
    pairs = [text for row in rows("pairs") for text in (row["politer"], row["ruder"])]
    assert len(set(pairs)) == len(pairs)


def test_a_typing_slip_changes_few_letters():
    rng = random.Random(3)
    text = "Could you please send the signed contract to Anna by Friday morning?"
    for _ in range(50):
        slipped = typo(text, rng)
        assert slipped != text
        assert fuzz.ratio(slipped, text) > 90


@pytest.mark.parametrize("text", ["", "...", "42"])
def test_what_has_no_word_has_no_typing_slip(text):
    assert typo(text, random.Random(0)) == text


def test_people_are_swapped_consistently():
    swapped = swap_people("Anna told Anna that he lost his keys.", random.Random(5))
    first, _, second, *rest = swapped.split()
    assert first == second != "Anna"
    assert rest == ["that", "she", "lost", "her", "keys."]


@pytest.mark.parametrize(
    ("text", "swapped"),
    [
        ("Tell her to call.", "Tell him to call."),
        ("I saw her car.", "I saw his car."),
        ("Ask her.", "Ask him."),
        ("She hurt herself.", "He hurt himself."),
        ("Dear Sir,", "Dear Madam,"),
    ],
)
def test_pronouns_turn(text, swapped):
    assert swap_people(text, random.Random(0)) == swapped


def test_who_has_people():
    assert has_people("Ask Priya.")
    assert has_people("It is hers.")
    assert not has_people("The lift is broken.")


def test_neighbouring_keys_are_letters():
    assert all(near.isalpha() and key not in near for key, near in KEYBOARD.items())


def test_a_folder_that_is_not_there_is_a_message(tmp_path):
    with pytest.raises(ValueError, match="--source hub"):
        corpora.public(tmp_path / "none", "train")


def test_hub_emotions_become_three_classes():
    assert corpora._three_classes({15}) == 2
    assert corpora._three_classes({2, 3}) == 0
    assert corpora._three_classes({27}) == 1
    assert corpora._three_classes({2, 15}) is None
    assert corpora._three_classes({7}) is None
