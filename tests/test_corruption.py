"""The mistakes that training/ puts into clean sentences."""

import json
from pathlib import Path
from random import Random

import pytest

from proofreader.errors import ProofreadError
from training import corruption, inflect, mistakes_learner, mistakes_native
from training.corruption import RULES, Writer, corrupt, corrupt_all, facts, load_mixture, run_on
from training.encoding import Example
from training.mistake_draft import Draft
from training.mixture import email_lines, fit_pair, looks_clean, swap_names, written

ROOT = Path(__file__).parent.parent
MIXTURE = load_mixture(ROOT / "training" / "recipes" / "mistakes.yaml")
SENTENCES = [
    "The parcel for Mrs Okonkwo-Brandt arrived at 14:30, but the driver couldn't find number 17b.",
    "We have worked with them for three years, and their invoices are always correct.",
    "Please send the documents to anna.k@example.org before Friday, or call me at 020 7946 0018.",
    "I look forward to hearing from you about the two apartments on Maple Street.",
    'She said, "Its allways late", and then she left for the station.',
    "Could you tell me where the meeting is, and whether there are many people coming?",
    "This is better than the last version because it doesn't need a password.",
]


def made(rule, text: str, tries: int = 60) -> set[str]:
    """Everything one kind of mistake makes of a text."""
    results = set()
    for seed in range(tries):
        draft = Draft(text)
        if rule(draft, Random(seed)):
            results.add(str(draft))
    return results


@pytest.mark.parametrize("text", SENTENCES)
def test_draft_is_the_text_until_something_changes(text):
    assert str(Draft(text)) == text


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("confusion", "The plan will affect them.", "The plan will effect them."),
        ("hard_confusion", "Their car is here.", "There car is here."),
        ("phrase", "I would have asked you.", "I would of asked you."),
        ("phrase", "It depends on the price.", "It depends of the price."),
        ("phrase", "I agree.", "I am agree."),
        ("misspelling", "We received it.", "We recieved it."),
        ("apostrophe", "That's my boss's desk.", "Thats my boss's desk."),
        ("capital", "On Monday I left.", "On monday I left."),
        ("ending", "Is it ready?", "Is it ready"),
        ("comma", "However, we agree.", "However we agree."),
        ("doubled", "Put it in the box.", "Put it in the the box."),
        ("missing", "I want to go.", "I want go."),
        ("agreement", "She has a key.", "She have a key."),
        ("verb_form", "He has gone home.", "He has went home."),
        ("verb_form", "We didn't know that.", "We didn't knew that."),
        ("tense", "They went home.", "They goed home."),
        ("article", "It is an error.", "It is error."),
        ("since_for", "I waited for two hours.", "I waited since two hours."),
        ("number", "Many problems remain.", "Many problem remain."),
        ("number", "Thanks for the information.", "Thanks for the informations."),
        ("comparative", "It is easier now.", "It is more easier now."),
        ("word_order", "Tell me where it is.", "Tell me where is it."),
        ("word_order", "When will you come?", "When you will come?"),
        ("pronoun", "Nobody told me anything.", "Nobody told me nothing."),
        ("adverb", "It works perfectly.", "It works perfect."),
        ("subject_dropped", "I think it is late.", "I think is late."),
    ],
)
def test_each_kind_makes_its_mistake(kind, right, wrong):
    assert wrong in made(RULES[kind], right)


def test_every_rule_is_used_by_some_writer():
    used = {kind for writer in MIXTURE for kind in writer.weights}
    assert used == RULES.keys()


def test_facts_survive():
    for seed in range(300):
        for text in SENTENCES:
            pair = corrupt(text, MIXTURE, Random(seed))
            if pair:
                assert facts(pair.source) == facts(text)
                for name in ("Okonkwo-Brandt", "Maple", "anna.k@example.org"):
                    assert (name in pair.source) == (name in text)
                if "allways" in text:
                    assert '"Its allways late"' in pair.source


def test_source_and_target_always_differ():
    pairs = list(corrupt_all(SENTENCES * 50, MIXTURE, 3))
    assert sum(pair is not None for pair in pairs) > 300
    assert all(pair.source != pair.target and pair.kinds for pair in pairs if pair)


def test_same_seed_same_mistakes():
    first, again, other = (list(corrupt_all(SENTENCES, MIXTURE, seed)) for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_learners_make_more_mistakes_than_natives():
    counts = {}
    for writer in MIXTURE:
        pairs = corrupt_all(SENTENCES * 40, (writer,), 1)
        numbers = [len(pair.kinds) for pair in pairs if pair]
        counts[writer.name] = sum(numbers) / len(numbers)
        assert max(numbers) <= writer.most
    assert counts["learner"] > counts["native"] > 1.2


def test_nothing_to_get_wrong_gives_none():
    careful = (Writer("careful", 1.0, 0.0, 1, {"since_for": 1.0}),)
    assert corrupt("The door is open.", careful, Random(0)) is None


def test_unknown_kind_is_named(tmp_path):
    file = tmp_path / "mistakes.yaml"
    file.write_text("me: {share: 1, more: 0, most: 1, weights: {typoo: 1}}")
    with pytest.raises(ProofreadError, match="typoo"):
        load_mixture(file)


def test_run_on_joins_two_sentences():
    sources = {
        pair.source
        for seed in range(20)
        if (pair := run_on("I rang him.", "He was out.", Random(seed)))
    }
    assert "I rang him, he was out." in sources
    assert run_on("Is it on?", "He was out.", Random(0)) is None
    assert run_on("I rang him.", "Zofia was out.", Random(0)) is None


@pytest.mark.parametrize(
    ("form", "base", "expected"),
    [
        (inflect.with_s, "carry", "carries"),
        (inflect.with_s, "play", "plays"),
        (inflect.past, "stop", "stopped"),
        (inflect.past, "reply", "replied"),
        (inflect.ing, "make", "making"),
        (inflect.ing, "lie", "lying"),
    ],
)
def test_inflection(form, base, expected):
    assert form(base) == expected


def test_clean_lines_are_whole_sentences():
    assert looks_clean("We will send the contract on Tuesday.")
    assert not looks_clean("Board of Education ruling, schools had operated under Plessy v.")
    assert not looks_clean("Click here to see $LINK now.")
    assert not looks_clean("the start is missing here.")


def test_tatoeba_names_change_alike():
    text = swap_names("Tom told Mary that Tom was late.", Random(2))
    first, _, second, _, third, *_ = text.split()
    assert first == third != second
    assert "Tom" not in text
    assert "Mary" not in text


def test_reversed_and_cut_harper_rows_are_dropped():
    assert fit_pair("They arrived earlier then him.", "They arrived earlier than him.")
    assert not fit_pair("... one in the same as ...", "... one and the same as ...")
    assert not fit_pair("I waited since two hours!", "I waited since two hours ago!")


def test_emails_are_cut_into_lines():
    text = "Hi Ana,\n\nI has two question for you.\n- Is the room free on Monday?\n\nBest,\nOle"
    assert email_lines(text, text.replace("has", "have").replace("question", "questions")) == [
        Example("I has two question for you.", "I have two questions for you."),
        Example("- Is the room free on Monday?", "- Is the room free on Monday?"),
    ]
    assert email_lines(text, text.replace("\n\n", "\n")) == []


def test_rules_live_in_two_files():
    files = {mistakes_native.__name__, mistakes_learner.__name__}
    assert {rule.__module__ for rule in RULES.values()} == files


def test_command_prints_pairs(monkeypatch, capsys):
    lines = [f"{text}\n" for text in SENTENCES]
    monkeypatch.setattr("sys.argv", ["corruption"])
    monkeypatch.setattr("sys.stdin", iter(lines))
    corruption.main()
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert rows
    assert {target for _, _, target in rows} <= set(SENTENCES), json.dumps(rows)


def test_written_files_are_read_as_often_as_the_recipe_says():
    once, twice = (len(written("train", f"corrections_hard{n}")[0]) for n in ("", ":2"))
    both = len(written("train", "corrections_*, corrections_hard:2")[0])
    assert twice == 2 * once > 0
    assert both == once + len(written("train", "corrections_*")[0])
    with pytest.raises(ProofreadError, match="corrections_hord"):
        written("train", "corrections_hord:2")
