"""The studies of rude comments and of synthetic data: their data, measures and reports."""

import gzip
import json
import threading
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from proofreader.errors import ProofreadError
from proofreader.remote import RemoteEngine
from training.encoding import Example
from training.metrics import Score
from training.studies import detox, detox_report, make_pairs, synthetic, synthetic_report
from training.studies import text_measures as near
from training.studies.civility import Style, is_listed, learn, unveil, veil, without_listed
from training.studies.leakage import Pair, keep, overlap, table
from training.studies.measures import estimate
from training.studies.results import Outcome, Results
from training.studies.tables import change
from training.study import Options

CAT = "the cat sat on a mat", "the cat sat on the mat"
BONJOUR = "Bonjour tout le monde !", "Bonjour le monde."


def row(answer, *wanted, source="a source"):
    return {"source": source, "target": wanted[0], "references": [*wanted], "answer": answer}


def test_the_written_pairs_are_many_short_and_all_different():
    made = make_pairs.read(synthetic.WRITTEN)
    pairs = [Pair(one.en, one.fr) for one in made]
    assert len(made) == len({one.id for one in made}) == 600
    assert {len(pair.en.split()) in make_pairs.WORDS for pair in pairs} == {True}
    assert overlap(pairs, []).bad == set()
    assert len({one.prompt for one in made}) == 30
    assert all(pair.en.split()[0] != pair.fr.split()[0] or len(pair.fr) > 8 for pair in pairs)


def test_their_prompts_are_those_that_the_maker_sends():
    made = make_pairs.read(synthetic.WRITTEN)
    before, after = make_pairs.PROMPT.substitute(count=20, theme="\0").split("\0")
    assert all(one.prompt.startswith(before) and one.prompt.endswith(after) for one in made)


def test_chrf_is_that_of_sacrebleu():
    rows = [row(*CAT), row(*BONJOUR)]
    assert estimate(near.CHRF, [rows], 2).value == pytest.approx(65.72035559347137)
    assert near.chrf("same", "same") == 100
    assert near.chrf("", "same") == 0


def test_chrf_and_rouge_take_the_nearest_reference():
    rows = [row(CAT[0], "something else", CAT[1])]
    assert estimate(near.CHRF, [rows], 2).value == pytest.approx(near.chrf(*CAT))
    assert estimate(near.ROUGE_L, [rows], 2).value == pytest.approx(100 * 5 / 6)


def test_rouge_counts_common_words_pairs_and_the_longest_sequence():
    assert near.rouge_n(*CAT, 1) == pytest.approx(100 * 5 / 6)
    assert near.rouge_n(*CAT, 2) == pytest.approx(60)
    assert near.rouge_l("on the mat the cat sat", CAT[1]) == pytest.approx(50)
    assert near.rouge_l("", CAT[1]) == 0


def test_bleu_counted_wrongly_is_higher():
    pytest.importorskip("sacrebleu")
    rows = [veil(row(*CAT, source="the fat cat sat on a mat")), veil(row(*BONJOUR))]
    found = detox_report.counted([rows], "Say it in other words, please:\n")
    assert found["standard"][0].value == pytest.approx(36.86541980185497)
    assert found["sources against themselves"][0].value == pytest.approx(100)
    assert found["prompt left in answers and references"][0].value > 60
    assert found["BLEU of single words (no 2- to 4-grams)"][0].value > 70


def test_veiled_rows_show_no_word_and_come_back():
    one = {"answer": "You fool!", "references": ["No."], "civil": 0.25}
    assert veil(one) == {"answer": "Lbh sbby!", "references": ["Ab."], "civil": 0.25}
    assert unveil(veil(one)) == one


def test_the_style_is_judged_and_what_weighs_heavily_is_masked():
    pytest.importorskip("sklearn")
    rude = [f"you are a blockhead {n}" for n in range(30)]
    style = learn(rude, [f"you are mistaken {n}" for n in range(30)])
    assert style.civil(["what a blockhead"])[0] < 0.5 < style.civil(["you are mistaken"])[0]
    assert style.mask("a Blockhead and a moron, you are") == "a B******** and a m****, you are"
    assert style.civil([]) == []
    assert is_listed("Morons")
    assert not is_listed("class")
    assert without_listed("you moron , go home") == "you , go home"


def comments_file(folder, count=400):
    lines = ["toxic\tneutral1\tneutral2\tneutral3"]
    lines += [f"rude comment number {n}\tcivil {n}\tkind {n}\t" for n in range(count)]
    (folder / "studies").mkdir()
    with gzip.open(folder / "studies" / "paradetox.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def test_no_comment_is_in_two_parts(tmp_path, monkeypatch):
    fitted = []
    monkeypatch.setattr(detox, "learn", lambda rude, civil: fitted.extend(rude))
    comments_file(tmp_path)
    found = detox.load(Options(data=tmp_path))
    parts = [[pair.source.removeprefix(detox.REQUEST) for pair in part]
             for part in (found.train, found.dev, found.test)]  # fmt: skip
    everything = [*parts[0], *parts[1], *parts[2], *fitted]
    assert len({*everything}) == len(everything) == 400
    assert all(len(part) > 5 for part in [*parts, fitted])
    assert {*found.versions} == {*parts[2]}
    assert found.versions[parts[2][0]][0].startswith("civil ")


def french_file(folder, count=600):
    (folder / "studies").mkdir()
    lines = []
    for n in range(count):
        words = f"{n * 7919:x} {n * 104729:x}"
        lines += [
            f"The answer is {words}.\tC\u2019est {words} ?",
            f"The answer is {words}.\tVoilà {words}.",
        ]
    with gzip.open(folder / "studies" / "tatoeba_en_fr.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("".join(f"{line}\tmore\n" for line in lines))


def test_sentences_are_split_by_the_english_side_and_leaks_are_left_out(tmp_path, monkeypatch):
    french_file(tmp_path)
    options = Options(data=tmp_path)
    leaked = synthetic.load(options).test[3]
    fine = {"id": "a-01", "en": "Nobody told the cook about it.", "fr": "Qui l'eût dit ?"}
    rows = [fine, {"id": "a-02", "en": leaked.en.upper(), "fr": "Autre chose encore."}]
    rows.append({"id": "a-03", "en": "Wholly different words stand here.", "fr": leaked.fr})
    rows.append({**fine, "id": "a-04", "en": "Nobody told the cooks about it."})
    file = tmp_path / "made.jsonl"
    file.write_text("".join(json.dumps({**one, "prompt": "p"}) + "\n" for one in rows), "utf-8")
    monkeypatch.setattr(synthetic, "WRITTEN", file)
    found = synthetic.load(options)
    assert found.sets["c-synthetic"] == [Pair(fine["en"], fine["fr"])]
    tested = {pair.en for pair in found.test}
    assert len(tested) > 10
    assert not tested & {pair.en for part in [*found.sets.values(), found.dev] for pair in part}
    assert all(len(found.versions[one]) == 2 for one in tested)
    assert "C'est " in found.versions[leaked.en][0]
    shown = table(found.checked)
    assert "synthetic | 4 | 1 | 2 | 0 |" in shown
    assert leaked.fr in shown


def test_overlap_finds_repeats_on_either_side():
    pairs = [
        Pair("One two three four.", "Un."),
        Pair("Five six seven.", "UN"),
        Pair("A b.", "Deux."),
    ]
    found = overlap(pairs, [Pair("a B", "trois"), Pair("Five six sevens.", "quatre")])
    assert (found.repeated, found.leaked, found.near_test) == ((1,), (2,), (1,))
    assert keep(pairs, found) == pairs[:1]
    assert overlap([], []).bad == set()


def test_the_proofreading_figures_are_those_of_the_trainer():
    from training.answers import corrected

    examples = [
        Example("I has a car.", "I have a car."), Example("She go home now.", "She goes home now."),
        Example("All is well here.", "All is well here."), Example("He are two.", "He is two."),
    ]  # fmt: skip
    outputs = ["I have a car.", "She gone home now.", "All was well here.", "He are two."]
    rows = [
        {"source": one.source, "target": one.target, "answer": said}
        for one, said in zip(examples, outputs, strict=True)
    ]
    wanted = corrected(outputs, examples)
    for measure in synthetic.CORRECTED[:3]:
        assert estimate(measure, [rows], 2).value == pytest.approx(wanted[measure.name].value)
    assert estimate(synthetic.CORRECTED[3], [rows], 2).value == 100


def test_written_training_sentences_are_none_of_dev_or_test():
    from training import mixture

    drawn = synthetic.written(2000)
    held = {pair.source for split in ("dev", "test") for pair in mixture.written(split)[0]}
    assert len(drawn) == 2000
    assert not held & {pair.source for pair in drawn}


class Larger(BaseHTTPRequestHandler):
    """Answers every request with the same lines, as an OpenAI-compatible server streams them."""

    LINES = (
        "1. The tide came in at noon. || La marée est montée à midi.",
        "The tides came in at noon. || La mer.",
        "no pair at all",
        "Too short || Trop court",
        "- Nobody else brought a spoon. || Personne d'autre n'a apporté de cuillère.",
    )

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(json.loads(body))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for line in self.LINES:
            choice = {"index": 0, "delta": {"content": line + "\n"}, "finish_reason": None}
            event = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
            data = json.dumps({**event, "choices": [choice]})
            self.wfile.write(f"data: {data}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *_):
        pass


@pytest.fixture
def larger():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Larger)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_larger_model_makes_pairs(larger, tmp_path):
    url = f"http://127.0.0.1:{larger.server_port}/v1"
    made = make_pairs.make(RemoteEngine(url, "m"), ["the sea", "spoons"], count=2)
    assert [one.en for one in made] == [
        "The tide came in at noon.", "Nobody else brought a spoon."
    ]  # fmt: skip
    assert [one.id for one in made] == ["the-sea-01", "the-sea-02"]
    asked = [request["messages"][-1]["content"] for request in larger.asked]
    assert asked[0].startswith(made[0].prompt)
    assert "about spoons." in asked[1]
    assert larger.asked[0]["seed"] != larger.asked[1]["seed"]
    out = tmp_path / "made.jsonl"
    assert make_pairs.main(["--url", url, "--theme", "the sea", "--out", str(out)]) == 0
    assert [one.en for one in make_pairs.read(out)] == [one.en for one in made]


def test_missing_files_and_fields_are_told(tmp_path):
    with pytest.raises(ProofreadError, match="make_pairs"):
        make_pairs.read(tmp_path / "none.jsonl")
    file = tmp_path / "some.jsonl"
    file.write_text('{"id": "1", "en": "a", "fr": "b"}\n', encoding="utf-8")
    with pytest.raises(ProofreadError, match="'prompt'"):
        make_pairs.read(file)
    with pytest.raises(ProofreadError, match="missing"):
        detox.read(Options(data=tmp_path))


def finished(study, rows):
    """Results of a study in which every trial gave the same rows."""
    recipe = asdict(study.trials[0].recipe)
    facts = {
        "recipe": recipe,
        "steps": 5,
        "test": len(rows),
        "pairs": 9,
        "seconds": 7.0,
        "losses": [],
    }
    facts |= {"memory_mb": 800.0, "trained": 10, "total": 99, "dev_loss": 1.5}
    outcomes = [Outcome(trial.name, 0, facts, rows) for trial in study.trials]
    measures = {trial.name: {m.name: m for m in trial.measures} for trial in study.trials}
    groups = {trial.name: trial.group for trial in study.trials}
    return Results(outcomes, measures, groups, Path())


def test_the_report_on_comments_shows_no_insult(monkeypatch):
    pytest.importorskip("sacrebleu")
    monkeypatch.setattr("training.studies.measures.RESAMPLES", 20)
    study = detox.build(Options())
    rude = {"source": "you moron , a moron", "target": "You err.", "answer": "You err, moron."}
    facts = {"references": ["You err."], "civil": 0.7, "nats": 8.0, "tokens": 4, "politeness": 0.2}
    facts["like"] = 0.5
    style = Style(None, None)
    style.__dict__["rudeness"] = {"err": 9.0}
    text = detox_report.words(finished(study, [veil({**rude, **facts})] * 3), style, detox.REQUEST)
    assert "| you m**** , a m**** | You e**, m****. |" in text
    assert "moron" not in text
    assert "zbeba" not in text
    assert "lora-fp32 | 800 | 5 | 1.40 | 100.0 |" in text
    assert "sources against themselves | 100.0 | 100.0 |" in text
    assert "| first less second | civil | meaning | civil and meaning |" in text
    same = " +0.0 [+0.0, +0.0] |" * 3
    assert f'| <a id="lora-less-base"></a>lora less base |{same}' in text


def test_the_report_on_synthetic_data_compares_and_shows_leaks(monkeypatch):
    pytest.importorskip("sacrebleu")
    monkeypatch.setattr("training.studies.measures.RESAMPLES", 20)
    study = synthetic.build(Options())
    pairs = [Pair("One two.", "Un deux."), Pair("Three four.", "Trois quatre.")]
    checked = {"synthetic": (pairs, overlap(pairs, pairs[:1]))}
    rows = [{"source": "I has it.", "target": "I have it.", "answer": "I | it."}]
    text = synthetic_report.words(finished(study, rows), checked)
    assert '<a id="set-synthetic"></a>synthetic | 2 | 0 | 1 | 0 |' in text
    assert "- synthetic: One two. / Un deux." in text
    assert '<a id="d-both-less-b-real"></a>d-both less b-real: synthetic pairs added' in text
    assert "| right sentences changed |" in text
    assert "| I has it. | I / it. | I / it. | I / it. |" in text
    row = next(line for line in text.split("\n") if "proofread-written-less-proofread-by" in line)
    assert row.endswith("by rule |" + " +0.0 [+0.0, +0.0] |" * 4)


def test_a_difference_is_bold_where_it_is_more_than_chance():
    assert change(Score(3.14, 1.0, 5.2, 9)) == "**+3.1** [+1.0, +5.2]"
    assert change(Score(-0.25, -0.5, 0.0, 9), 2) == "-0.25 [-0.50, +0.00]"
