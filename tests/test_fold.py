"""Names and gendered words have one form before tone is scored: pytest tests/test_fold.py"""

import pytest

from classifiers.augment import PRONOUNS
from classifiers.fold import fold, names
from classifiers.tone import ToneScorer

UNLISTED = ("Zdravko", "Xiomara", "Nokuthula", "Sigurður", "Itziar")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Hi Priya, thanks.", "Hi Alex, thanks."),
        ("Dear Mrs Okafor-Lindqvist,", "Dear Mr Alex,"),
        ("Good morning Sven Olsen!", "Good morning Alex!"),
        ("Tell her that she left her bag.", "Tell him that he left his bag."),
        ("I asked Anna's sister.", "I asked Alex's brother."),
        ("Hers or herself", "His or himself"),
        ("Hi all, will you mark the page?", "Hi all, will you mark the page?"),
        ("Hello there,\nno names", "Hello there,\nno names"),
        ("", ""),
    ],
)
def test_one_form(text, folded):
    assert fold(text) == folded


def test_folding_twice_changes_nothing_more():
    text = "Dear Ms Ngozi, he gave Zainab's book to her."
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize("name", UNLISTED)
def test_a_name_that_no_list_has_moves_nothing_in_a_greeting(name):
    assert name not in names()
    text = "Hi {}, could you send me the report by Friday?"
    assert ToneScorer().score([text.format(name)]) == ToneScorer().score([text.format("Anna")])


def test_gender_moves_nothing():
    one, two = ToneScorer().score(["She never answers her emails.", "He never answers his emails."])
    assert one == two


def test_no_name_is_a_common_word():
    common = set("will mark may june grace hope rose art bill sue pat rob drew grant".split())
    assert not {name.lower() for name in names()} & (common | PRONOUNS.keys())
