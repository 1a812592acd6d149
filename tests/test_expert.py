"""The topic expert: its gate, what it reads, the questions a model writes, and the answer."""

import json

import pytest

from classifiers.related import Related, by_class
from proofreader.errors import ProofreadError

ABOUT = [
    "When was Ada Lovelace born?",
    "What did Ada Lovelace write about the Analytical Engine?",
    "Who taught Lovelace mathematics?",
    "Which machine of Babbage did she describe?",
]
OTHERS = [
    "How long does rice take to cook?",
    "When does the pharmacy open on Sundays?",
    "What is the capital of Peru?",
    "Who won the match last night?",
    "Can I pay by card?",
]


@pytest.fixture(scope="module")
def gate():
    pytest.importorskip("sklearn")
    from classifiers.related import fit

    return fit("Ada_Lovelace", ABOUT, OTHERS)


def test_the_gate_knows_its_topic_and_is_kept_as_json(gate, tmp_path):
    path = tmp_path / "gate.json"
    gate.save(path)
    again = Related.load(path)
    assert again == gate
    assert again.score("What machine did Lovelace write about?") > 0.5
    assert again.score("Does the pharmacy open today?") < 0.5
    assert again.score("Zzz qqq") == 0.0
    assert json.loads(path.read_text()).keys() == {"topic", "bias", "terms"}


def test_the_gate_scores_as_scikit_learn_does(gate):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    from classifiers.related import features

    vectorizer = TfidfVectorizer(analyzer=features, sublinear_tf=True)
    model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000)
    model.fit(vectorizer.fit_transform(ABOUT + OTHERS), [1] * 4 + [0] * 5)
    asked = ["Who was Ada Lovelace and who was Ada's teacher?", "What is the time in Peru?"]
    wanted = model.predict_proba(vectorizer.transform(asked))[:, 1]
    assert [gate.score(text) for text in asked] == pytest.approx(list(wanted), abs=1e-3)


def test_a_missing_or_strange_gate_says_so(tmp_path):
    with pytest.raises(ValueError, match="no such gate"):
        Related.load(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("[]")
    with pytest.raises(ValueError, match="is no gate"):
        Related.load(tmp_path / "bad.json")


def test_precision_recall_and_f1_of_each_class():
    wanted = [True, True, True, False, False]
    found = [True, True, False, True, False]
    scores = by_class(wanted, found)
    related, unrelated = scores["related"], scores["unrelated"]
    assert (related.precision, related.recall, related.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert (unrelated.precision, unrelated.recall, unrelated.f1) == (0.5, 0.5, 0.5)
    assert (related.count, unrelated.count) == (3, 2)


def test_the_nearest_passage_and_its_best_words():
    pytest.importorskip("sklearn")
    from training.studies.expert_data import LONGEST_PASSAGE, nearest, window

    passages = ["She was born in London in 1815.", "Her notes describe a machine for numbers."]
    assert nearest(passages)("Which machines do her notes describe?") == passages[1]
    long = " ".join(["word"] * 200 + ["notes", "about", "machines"] + ["end"] * 7)
    found = window(long, "What are the notes about?")
    assert "notes about machines" in found
    assert len(found.split()) == LONGEST_PASSAGE
    with pytest.raises(ProofreadError, match="no passages"):
        nearest([])


class Writer:
    """An engine that says what it was given to say."""

    name, tokens, read_tokens = "writer", 0, 0

    def __init__(self, text):
        self.text = text

    def complete(self, ask, stop):
        yield from self.text


def test_written_questions_are_kept_if_the_passage_answers_them():
    from training.studies.questions import pairs, paragraphs

    passage = "Ada Lovelace was born in London in 1815. " * 5
    said = (
        "Here they are:\nQ: Where was she born? | A: London.\n"
        "1. Q: When? | A: 1815\nQ: Who taught her? | A: De Morgan\nQ: no answer?"
    )
    rows = list(pairs(Writer(said), passage))
    assert [(row["question"], row["answers"]) for row in rows] == [
        ("Where was she born?", ["London"]),
        ("When?", ["1815"]),
    ]
    assert paragraphs(f"Heading\n\n{passage}\n\nShort one.") == [passage.strip()]


def test_it_answers_or_says_that_it_is_not_about_the_topic(gate, tmp_path, capsys):
    pytest.importorskip("torch")
    pytest.importorskip("peft")
    from training import ask
    from training.models import load
    from training.study import Options

    recipe = Options(smoke=True).recipe()
    run = tmp_path / "run"
    model, tokenizer = load(recipe)
    model.save_pretrained(run / "best")
    tokenizer.save_pretrained(run / "best")
    recipe.save(run / "recipe.yaml")
    gate.save(tmp_path / "gate.json")
    options = ["--model", str(run), "--gate", str(tmp_path / "gate.json")]
    assert ask.main(["When was Lovelace born?", *options]) == 0
    capsys.readouterr()
    assert ask.main(["Does the pharmacy open today?", *options]) == 2
    assert capsys.readouterr().out.startswith("That is not about Ada Lovelace")
    answer = ask.Expert(run, gate, [ABOUT[0], ABOUT[2]]).ask("Who taught Ada Lovelace?")
    assert answer.passage == ABOUT[2]
    assert answer.related > 0.5
    assert ask.main(["When?", "--model", str(tmp_path), *options[2:]]) == 1
    assert "no run folder" in capsys.readouterr().err
