"""The written emails: enough of them, varied, split by topic; and the changes made to texts.

pytest tests/test_classifiers_data.py
"""

import csv
import json
import random
import sys
from pathlib import Path
from types import SimpleNamespace

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


HUB_ROWS = {
    "sst2": [
        {"idx": 0, "sentence": "a lovely film ", "label": 1},
        {"idx": 1, "sentence": "awful acting", "label": 0},
    ]
    * 5,
    "goemotions": [
        {"id": "a", "text": "Thank you!", "labels": [15]},
        {"id": "b", "text": "I hate it, and am sad.", "labels": [2, 25]},
        {"id": "c", "text": "It is Monday.", "labels": [27]},
        {"id": "d", "text": "Thanks, I hate it.", "labels": [2, 15]},
    ],
    "tydip": [{"sentence": f"Could you fix link {n}?", "score": n / 10} for n in range(11)],
}


def check_hub_sets(train: dict, dev: dict, test: dict) -> None:
    """Whether HUB_ROWS came through with every label where it belongs."""
    assert [(row.text, row.sentiment, row.binary) for row in test["sst2"]] == [
        ("a lovely film", 2, True),
        ("awful acting", 0, True),
    ] * 5
    assert [(row.text, row.sentiment) for row in test["goemotions"]] == [
        ("Thank you!", 2),
        ("I hate it, and am sad.", 0),
        ("It is Monday.", 1),
    ]
    assert len(test["tydip"]) == 11
    assert test["tydip"][6].politeness == pytest.approx(0.4621, abs=1e-4)  # tanh(0.6 / 1.2)
    assert [row.text for row in dev["tydip"]] == [f"Could you fix link {n}?" for n in (0, 10)]
    assert [row.text for row in train["tydip"]] == [
        f"Could you fix link {n}?" for n in range(1, 10)
    ]
    assert not any(row.binary for row in train["goemotions"] + train["tydip"])


def test_hub_rows_become_examples(monkeypatch):
    asked = []

    def load_dataset(path, name=None, data_files=None, split=None):
        asked.append((path, name, split))
        key = "tydip" if path == "csv" else "goemotions" if name else "sst2"
        return HUB_ROWS[key]

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
    parts = {part: corpora.public(Path("none"), part, "hub") for part in PARTS}
    check_hub_sets(**parts)
    assert ("stanfordnlp/sst2", None, "train[:90%]") in asked
    assert ("stanfordnlp/sst2", None, "train[90%:]") in asked
    assert ("stanfordnlp/sst2", None, "validation") in asked
    assert ("google-research-datasets/go_emotions", "simplified", "validation") in asked
    assert [split for path, _, split in asked if path == "csv"] == ["train", "train", "test"]


def test_hub_sets_load_through_the_real_library(monkeypatch, tmp_path):
    pytest.importorskip("datasets")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    local = {}
    for name, rows in HUB_ROWS.items():
        file = tmp_path / f"{name}.{'csv' if name == 'tydip' else 'jsonl'}"
        if name == "tydip":
            with file.open("w", encoding="utf-8", newline="") as lines:
                table = csv.DictWriter(lines, ["sentence", "score"])
                table.writeheader()
                table.writerows(rows)
        else:
            file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        parts = {part: str(file) for part in ("train", "validation", "test")}
        kind = "csv" if name == "tydip" else "json"
        cache = str(tmp_path / "cache")
        local[name] = {"path": kind, "data_files": parts, "cache_dir": cache}
    monkeypatch.setattr(corpora, "HUB_SETS", local)
    check_hub_sets(**{part: corpora.public(tmp_path, part, "hub") for part in PARTS})


def test_the_graded_requests_are_taken_by_file():
    # The set's own script has two classes and is refused by datasets 4 and later.
    files = corpora.HUB_SETS["tydip"]["data_files"]
    assert files == {
        "train": "hf://datasets/Genius1237/TyDiP/data/all/en_train.csv",
        "test": "hf://datasets/Genius1237/TyDiP/data/all/en_test.csv",
    }


def test_the_hub_needs_a_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(ValueError, match="pip install datasets"):
        corpora.public(Path("none"), "train", "hub")


def test_hub_emotions_become_three_classes():
    assert corpora._three_classes({15}) == 2
    assert corpora._three_classes({2, 3}) == 0
    assert corpora._three_classes({27}) == 1
    assert corpora._three_classes({2, 15}) is None
    assert corpora._three_classes({7}) is None
