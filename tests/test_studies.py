"""The studies: every one of them runs in its smoke form, and each form of theirs loads."""

import json
from dataclasses import replace
from fnmatch import fnmatch
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from proofreader.errors import ProofreadError
from training.metrics import Score
from training.study import (
    NAMES,
    ROOT,
    Data,
    Form,
    Options,
    Source,
    Study,
    Trial,
    find,
    main,
    parse,
    run,
)

FORMS = sorted((ROOT / "training" / "recipes" / "studies").glob("*.yaml"))
SHARED = (ROOT / "../shared/data/studies").resolve()


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_loads_and_names_what_is_on_the_hub(path):
    form = Form.load(path)
    assert form.study in NAMES
    names = [form.recipe["base"], *(source.name for source in form.data.values())]
    assert all(name.count("/") == 1 and not name.startswith(".") for name in names)
    assert form.data.keys() == {*find(form.study).DATA}
    trials = find(form.study).build(Options(form=form)).trials
    assert {trial.recipe.base for trial in trials} == {form.recipe["base"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("study: wayz", "no study 'wayz'"),
        ("study: ways\nrecipes: {}", "unknown key 'recipes'"),
        ("study: ways\nrecipe: {bass: gpt2}", "Did you mean 'base'"),
        ("study: ways\ndata: {spam: {title: a/b}}", "need name and splits"),
        ("- ways", "is no form"),
        ("study: [ways", "is no form"),
        ("study: ways\ndata: {spma: {name: a/b, splits: {}}}", "unknown data 'spma'"),
    ],
)
def test_a_mistaken_form_says_so(text, message, tmp_path):
    path = tmp_path / "form.yaml"
    path.write_text(text)
    with pytest.raises(ProofreadError, match=message):
        Form.load(path)


def test_the_rows_of_a_form_are_those_of_the_hub(monkeypatch):
    from training.studies import running

    asked = []
    monkeypatch.setattr(running, "download", lambda *given: asked.append(given) or [{"a": 1}])
    source = Source("owner/name", {"train": "train[:9]"})
    options = Options(form=Form("ways", {}, {"spam": source}))
    assert options.rows("spam", "train") == [{"a": 1}]
    assert options.rows("sentiment", "train") is None
    assert asked == [(source, "train")]


def test_later_settings_win():
    form = Form("ways", {"lr": 1e-4, "r": 64, "base": "a/b"})
    recipe = Options(form=form, settings={"r": "2"}).recipe(r=16, batch=4)
    assert (recipe.lr, recipe.r, recipe.batch, recipe.base) == (1e-4, 2, 4, "a/b")


@pytest.mark.parametrize("name", NAMES)
def test_smoke(name, tmp_path):
    for library in ("torch", "transformers", "peft", "sklearn", "sacrebleu", "matplotlib"):
        pytest.importorskip(library)
    if not SHARED.is_dir():
        pytest.skip("the data of the studies are not here")
    out, runs = tmp_path / "out", tmp_path / "runs"
    arguments = [name, "--smoke", "--out", str(out), "--runs", str(runs)]
    assert main(arguments) == 0
    table = json.loads((out / "table.json").read_text())
    trials = [trial.name for trial in find(name).build(Options(smoke=True)).trials]
    assert list(table) == trials
    report = (out / "report.md").read_text()
    pictures = sorted(path.name for path in out.glob("*.png"))
    assert pictures
    assert all(f"({picture})" in report for picture in pictures)
    assert not list(runs.rglob("optimizer.pt"))
    made = {path: path.stat().st_mtime_ns for path in (out / "trials").iterdir()}
    assert len(made) == len(trials)
    assert main(arguments) == 0  # all is read back
    assert made == {path: path.stat().st_mtime_ns for path in (out / "trials").iterdir()}


def test_other_data_are_not_taken_for_the_same(tmp_path):
    for library in ("torch", "transformers", "peft", "sacrebleu", "matplotlib"):
        pytest.importorskip(library)
    from training.encoding import Example
    from training.studies.measures import EXACT

    def study(answer: str) -> Study:
        pairs = [Example("Ready?", answer, chat=True)]
        recipe = Options(smoke=True).recipe()
        trial = Trial("base", recipe, lambda: Data((), (), pairs), (EXACT,))
        return Study("tiny", "Tiny", (trial,), lambda results: "Words.")

    run(study("Yes."), tmp_path / "out", tmp_path / "runs", (0, 1))
    body = json.loads((tmp_path / "out" / "table.json").read_text())
    assert body["base"]["seeds"] == [0, 1]
    assert body["base"]["exact"]["value"] == 0.0
    with pytest.raises(ProofreadError, match="made with another data"):
        run(study("No."), tmp_path / "out", tmp_path / "runs", (0,))
    with pytest.raises(ProofreadError, match="fits no trial"):
        run(study("Yes."), tmp_path / "out", tmp_path / "runs", (0,), only="other, b")


def test_a_test_set_is_cut_evenly():
    from training.encoding import Example
    from training.studies.running import capped

    tests = [Example(str(n), "") for n in range(10)]
    for count, wanted in ((3, "036"), (10, "0123456789"), (99, "0123456789")):
        cut = capped(lambda: Data((), (), tests), count)()
        assert "".join(one.source for one in cut.test) == wanted
    with pytest.raises(ProofreadError, match="1 or more"):
        capped(lambda: Data((), (), tests), -1)


def test_a_request_with_other_numbers_does_not_train_for_its_test():
    from training.studies.ways_data import split

    rows = [(f"Win {n} pounds!", "spam", "sms") for n in range(40)]
    rows += [(f"See you {chr(n)} then", "normal", "sms") for n in range(97, 123)]
    data = split(rows, Options(), 100)
    assert {one.target for one in data.test} == {"spam", "normal"}
    assert not any(one.source.startswith("Win") for one in (*data.train, *data.dev))
    assert not {one.source for one in data.test} & {one.source for one in data.dev}


def test_no_text_of_others_is_kept_by_the_study_of_ways():
    from training.studies.ways import named

    rows = named(lambda tuned, data: [{"source": "A film.", "answer": "positive"}])(None, None)
    assert rows == [{"source": sha256(b"A film.").hexdigest(), "answer": "positive"}]


def test_other_numbers_and_rare_line_ends_are_no_trouble(tmp_path):
    from training.studies.measures import ACCURACY
    from training.studies.results import Results, place

    recipe = Options(form=Form("ways", {"base": "a/b"})).recipe()
    trials = tuple(Trial(name, recipe, lambda: None, (ACCURACY,)) for name in ("one", "two"))
    for name, rows in (("one", 2), ("two", 1)):
        for path, text in zip(
            place(tmp_path, name, 0),
            ("{}\n", '{"target": "a\u2028", "answer": "a\u2028"}\n' * rows),
            strict=True,
        ):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    results = Results.read(Study("x", "X", trials, str), tmp_path, (0, 1))
    assert results.score("one", "accuracy").value == 100
    with pytest.raises(ProofreadError, match="same --tests"):
        results.difference("one", "two", "accuracy")


def test_mistaken_seeds_say_so(capsys):
    assert main(["ways", "--seeds", "0;1"]) == 1
    assert "--seeds '0;1'" in capsys.readouterr().err


def test_intervals_resample_rows_and_seeds():
    from training.studies.measures import ACCURACY, PERPLEXITY, difference, estimate, f1

    right, wrong = ({"target": "a", "answer": answer} for answer in "ab")
    half, all_right = [right, wrong] * 50, [right] * 100
    score = estimate(ACCURACY, [half])
    assert (score.value, score.n) == (50.0, 100)
    assert 38 < score.low < 44
    assert 56 < score.high < 62
    assert estimate(ACCURACY, [half, all_right]).value == 75.0
    gap = difference(ACCURACY, [all_right], [half])
    assert gap.value == 50.0
    assert gap.low > 38
    assert difference(ACCURACY, [half], [half]) == Score(0.0, 0.0, 0.0, 100)
    assert f1("F1", "a").value(np.array([2.0, 3.0])) == pytest.approx(66.67, abs=0.01)
    rows = [{"nats": 2 * np.log(8), "tokens": 2}, {"nats": 0.0, "tokens": 1}]
    assert estimate(PERPLEXITY, [rows]).value == pytest.approx(4.0)
    with pytest.raises(ValueError, match="nothing to measure"):
        estimate(ACCURACY, [])


def test_answers_are_compared_as_squad_compares_them():
    from training.studies.expert import word_f1
    from training.studies.measures import CONTAINED, EXACT

    row = {"target": "x", "references": ["the Serbian Orthodox Church"], "answer": "In a church."}
    assert EXACT.counts({**row, "answer": "Serbian orthodox church!"}) == (1.0, 1.0)
    assert EXACT.counts(row) == (0.0, 1.0)
    assert CONTAINED.counts({**row, "answer": "It is a Serbian Orthodox church."}) == (1.0, 1.0)
    assert CONTAINED.counts({**row, "answer": "Unserbian Orthodox Churches"}) == (0.0, 1.0)
    assert word_f1(row) == pytest.approx(40.0)  # one of two and of three words


def test_bleu_adds_up_to_that_of_the_corpus():
    sacrebleu = pytest.importorskip("sacrebleu")
    from training.studies.measures import BLEU, estimate

    said = ["The cat sat on the mat.", "A dog barked at me loudly."]
    wanted = ["The cat sat on a mat.", "A dog barked loudly at me."]
    rows = [{"target": t, "answer": a} for a, t in zip(said, wanted, strict=True)]
    corpus = sacrebleu.corpus_bleu(said, [wanted]).score
    assert estimate(BLEU, [rows]).value == pytest.approx(corpus)


def test_questions_that_nobody_can_learn_from_are_told(tmp_path):
    from training.studies.expert_data import _own

    path = tmp_path / "mine.jsonl"
    with pytest.raises(ProofreadError, match="no such file"):
        _own(path)
    for text in ("nothing", '{"question": "Who?", "answers": []}', '{"question": "Who?"}', "[1]"):
        path.write_text(text + "\n")
        with pytest.raises(ProofreadError, match="every line must be JSON"):
            _own(path)


def test_the_run_stopped_where_the_losses_say():
    from training.studies.expert import stop_of

    dev = [(10, 3.0), (20, 2.0), (30, 2.5), (40, 2.1)]
    lines = [{"step": step, "dev_loss": loss} for step, loss in dev]
    assert stop_of([{"step": 1, "loss": 4.0}, *lines]) == (20, 40)


def test_the_folder_of_results_is_not_that_of_smoke_runs(monkeypatch):
    import training.study as study

    seen = []
    monkeypatch.setattr(study, "run", lambda *given: seen.append(given[1:4]) or _nothing())
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    apart = []
    monkeypatch.setattr("training.studies.running.apart", lambda *given: apart.append(given))
    assert main(["ways", "--smoke"]) == 0
    assert not apart
    assert main(["ways", "--seeds", "3,4"]) == 0
    assert apart[0][0] == ["ways", "--seeds", "3,4"]
    root = Path("runs/studies")
    assert seen[0] == (root / "ways-smoke", root / "ways-smoke" / "runs", [0])
    assert seen[1] == (Path("results/studies/ways"), root / "ways" / "runs", [3, 4])


@pytest.mark.parametrize("kept", ["lora", "calmer-*", "*-lora", "rate-*", "b-real", "open-tuned"])
def test_a_report_may_come_before_all_is_run(kept, monkeypatch, tmp_path):
    pytest.importorskip("sacrebleu")
    monkeypatch.setattr("training.studies.measures.RESAMPLES", 20)
    (tmp_path / "gate-scores.json").write_text('{"learnt from": {"related": 1, "unrelated": 2}}')
    from tests.test_studies_data import finished
    from training.studies import detox, synthetic

    monkeypatch.setattr(synthetic, "load", lambda options: SimpleNamespace(checked={}))
    monkeypatch.setattr(detox, "load", lambda options: SimpleNamespace(style=None))
    row = {"source": "a", "target": "a", "answer": "a", "origin": "snli", "nats": 1.0, "tokens": 1}
    row |= {"references": ["a"], "civil": 1.0, "like": 1.0}
    row["politeness"] = 0.1
    for name in NAMES:
        study = find(name).build(Options())
        some = [one for one in study.trials if fnmatch(one.name, kept)]
        results = finished(study, [row] * 3)
        chosen = [one for one in results.outcomes if one.trial in {trial.name for trial in some}]
        if chosen:
            text = study.words(replace(results, outcomes=chosen, out=tmp_path))
            assert text.strip() == text
            assert "\\n\\n\\n" not in text


def _nothing():
    from training.studies.results import Results

    return Results([], {}, {}, Path("."))


def test_settings_may_stand_behind_the_options():
    given = parse(["ways", "--only", "spam-*", "--tests", "200", "steps=30", "lr=1e-4"])
    assert (given.tests, given.settings) == (200, ["steps=30", "lr=1e-4"])


def test_each_trial_has_a_process_of_its_own(monkeypatch, tmp_path):
    from training.studies import running

    asked, codes = [], iter([0, 0, 1])
    ran = lambda command: asked.append(command[3:]) or SimpleNamespace(returncode=next(codes))  # noqa: E731
    monkeypatch.setattr(running.subprocess, "run", ran)
    trials = (SimpleNamespace(name="base", seeds=1), SimpleNamespace(name="lora", seeds=0))
    (tmp_path / "trials").mkdir()
    (tmp_path / "trials" / "lora-0.json").write_text("{}")
    study = SimpleNamespace(trials=trials)
    running.apart(["ways", "--only", "*", "steps=3"], study, "*", (0, 1), tmp_path)
    given, last = ["ways", "--only", "*", "steps=3"], ["--seeds", "0", "--within"]
    assert asked[0] == [*given, "--only", "base", *last]
    assert asked[1] == [*given, "--only", "lora", "--seeds", "1", "--within"]
    only = parse(asked[1])
    assert (only.only, only.seeds, only.within, only.settings) == ("lora", "1", True, ["steps=3"])
    with pytest.raises(ProofreadError, match="base, seed 0, failed"):
        running.apart(given, study, "base", (0,), tmp_path)
