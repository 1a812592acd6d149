"""training/hub_data.py on small local files with the columns of the Hub's data sets."""

import json
from dataclasses import replace

import pytest

from proofreader.errors import ProofreadError
from training import hub_data, mixture
from training.encoding import Example
from training.hub_data import Wanted, conversation, correction, detoxified, parse
from training.recipe import Recipe

ROWS = {
    "ambrosfitz/2k_grammar_corrections": [
        {
            "input": "She go to the market on Fridays.",
            "output": "She goes to the market on Fridays.",
        },
        {"input": "They was late again.", "output": "They were late again."},
        {"input": "They was late again.", "output": "They were late again."},
        {"input": "", "output": "Nothing to mend."},
    ],
    "s-nlp/paradetox": [
        {
            "en_toxic_comment": "this invoice is a damn joke ,  fix it",
            "en_neutral_comment": "this invoice is wrong, please fix it",
        }
    ],
    "mlabonne/FineTome-100k": [
        {
            "conversations": [
                {"from": "human", "value": "How long does a soft-boiled egg take?"},
                {"from": "gpt", "value": "About six minutes."},
                {"from": "human", "value": "And a hard one?"},
                {"from": "gpt", "value": "About ten."},
            ],
            "source": "infini-instruct-top-500k",
            "score": 5.2,
        },
        {"conversations": [{"from": "system", "value": "x"}, {"from": "human", "value": "y"}]},
        {"conversations": [{"from": "human", "value": "h" * 3000}, {"from": "gpt", "value": "g"}]},
    ],
}
ALL = ", ".join(ROWS)


@pytest.fixture
def files(tmp_path):
    """The rows as JSON Lines files, read through `datasets` as the Hub's own would be."""
    datasets = pytest.importorskip("datasets")
    for name, rows in ROWS.items():
        path = tmp_path / f"{name.replace('/', '_')}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def rows_of(wanted):
        path = tmp_path / f"{wanted.name.replace('/', '_')}.jsonl"
        cache = str(tmp_path / "cache")
        return datasets.load_dataset("json", data_files=str(path), split="train", cache_dir=cache)

    return rows_of


def rows_of(wanted):
    return ROWS[wanted.name]


def test_names_revisions_and_counts_are_read():
    assert parse("s-nlp/paradetox@v1:50,mlabonne/FineTome-100k") == [
        Wanted("s-nlp/paradetox", "v1", 50),
        Wanted("mlabonne/FineTome-100k", "", 0),
    ]
    assert parse("") == []


@pytest.mark.parametrize(
    ("hub", "said"),
    [("paradetox", "owner/name"), ("a/b:many", "owner/name"), ("a/b", "s-nlp/paradetox")],
)
def test_mistakes_in_hub_are_said(hub, said):
    with pytest.raises(ProofreadError, match=said):
        parse(hub)


@pytest.mark.parametrize(
    "row",
    [
        {"input": "He go.", "output": "He goes."},
        {"incorrect": "He go.", "correct": "He goes."},
        {"id": 3, "original": "He go.", "corrected": "He goes."},
        {"instruction": "Correct the grammar in this sentence: He go.", "output": "He goes."},
    ],
)
def test_corrections_under_their_usual_names(row):
    assert correction(row) == Example("He go.", "He goes.", origin="hub")


def test_unknown_columns_are_named():
    with pytest.raises(ProofreadError, match="columns left, right"):
        correction({"left": "He go.", "right": "He goes."})


def test_rude_sentences_teach_the_calmer_goal():
    made = detoxified(ROWS["s-nlp/paradetox"][0])
    assert (made.goal, made.source) == ("calmer", "this invoice is a damn joke , fix it")


def test_the_first_exchange_of_a_conversation_is_taken_as_it_is():
    made = [conversation(row) for row in ROWS["mlabonne/FineTome-100k"]]
    asked, answered = "How long does a soft-boiled egg take?", "About six minutes."
    assert made == [Example(asked, answered, "", "hub", chat=True), None, None]


def test_files_of_the_same_columns_give_the_same_pairs(files):
    recipe = Recipe(hub=ALL)
    assert hub_data.load(recipe, files) == hub_data.load(recipe, rows_of)


def test_each_pair_once_and_as_many_as_asked():
    pairs, hashes = hub_data.load(Recipe(hub=ALL), rows_of)
    assert len(pairs) == 4
    assert set(hashes) == set(ROWS)
    recipe = Recipe(hub="ambrosfitz/2k_grammar_corrections:1")
    fewer, other = hub_data.load(recipe, rows_of)
    assert len(fewer) == 1
    assert other["ambrosfitz/2k_grammar_corrections"] not in hashes.values()


SMALL = Recipe(corrupted=0, clean=0, harper_repeats=0, hub=ALL, data="no/such/folder")


def test_a_mixture_of_the_hub_and_this_repository_needs_no_other_data():
    mixed = hub_data.mix(SMALL, rows_of)
    origins = {pair.origin for pair in mixed.train}
    assert origins == {"written", "hub"}
    assert len(mixed.dev) == SMALL.dev
    assert "s-nlp/paradetox" in mixed.hashes
    assert hub_data.mix(SMALL, rows_of) == mixed


def test_sentences_of_the_written_tests_are_kept_out():
    tested = mixture.written("test")[0][0].source
    taken = {"ambrosfitz/2k_grammar_corrections": [{"input": tested.upper(), "output": "No."}]}
    recipe = replace(SMALL, hub="ambrosfitz/2k_grammar_corrections")
    mixed = hub_data.mix(recipe, lambda wanted: taken[wanted.name])
    assert all(pair.origin == "written" for pair in mixed.train)
    held = {hub_data.words(pair.source) for pair in mixed.dev}
    assert not held & {hub_data.words(pair.source) for pair in mixed.train}


def test_a_missing_package_is_said(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    with pytest.raises(ProofreadError, match="pip install datasets"):
        hub_data.download(Wanted("s-nlp/paradetox"))
