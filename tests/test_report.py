"""JSON and diff of a finished run: `pytest tests/test_report.py`."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import jsonschema
import pytest

from classifiers.tone import Tone
from proofreader import report
from proofreader.asking import Sampling
from proofreader.edits import KINDS, Edit
from proofreader.pipeline import GOALS, Options, Proofread, SentenceState

SCHEMA = json.loads(Path(report.__file__).with_name("proofread.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@dataclass(frozen=True)
class Info:
    """The fields of the engine's ModelInfo."""

    name: str = "embedded"
    file: str = "SmolLM2.gguf"
    sha256: str = "0" * 64
    adapter: str | None = None
    quantisation: str = "Q8_0"
    prompt_name: str = "proofread"
    prompt_version: int = 1


def state_of(original: str, revised: str, *edits: Edit, **changes) -> Proofread:
    state = Proofread(
        original=original,
        revised=revised,
        edits=edits,
        sentences=(SentenceState(0, len(original), Tone(0.1, -0.2), Tone(0.1, 0.3), "done"),),
        before=Tone(0.1, -0.2),
        after=Tone(0.1, 0.3),
        phase="done",
        progress=1.0,
        seconds=0.5,
        seconds_left=0.0,
        tokens=7,
        read_tokens=40,
        model="embedded",
    )
    return replace(state, **changes)


HAS = Edit(2, 5, "has", "have", "agreement", "I have", 0.9, tone_effect=Tone(0.0, 0.1))
BILL = Edit(11, 15, "Bill", "Will", "spelling", "", 0.4, "rules", "blocked", "name: Bill")
STATE = state_of("I has seen Bill.", "I have seen Bill.", HAS, BILL)


def test_json_holds_every_field_and_fits_the_schema():
    options = Options(dictionary=frozenset({"b", "a"}), kinds=frozenset({"spelling"}))
    answer = report.to_json(STATE, options, Info())
    VALIDATOR.validate(json.loads(json.dumps(answer)))
    assert answer["edits"][0] == {
        "start": 2,
        "end": 5,
        "before": "has",
        "after": "have",
        "kind": "agreement",
        "reason": "I have",
        "confidence": 0.9,
        "source": "model",
        "verdict": "kept",
        "blocked_by": None,
        "tone_effect": {"sentiment": 0.0, "politeness": 0.1},
    }
    assert answer["tone"]["after"] == {"sentiment": 0.1, "politeness": 0.3}
    assert answer["model"]["quantisation"] == "Q8_0"
    assert answer["prompt"] == {"name": "proofread", "version": 1}
    assert answer["options"]["dictionary"] == ["a", "b"]
    assert (answer["tokens"], answer["seconds"]) == (7, 0.5)


def test_json_without_a_model_says_so_with_nulls():
    answer = report.to_json(STATE, Options(), None)
    VALIDATOR.validate(answer)
    assert set(answer["model"].values()) == {None}
    assert answer["prompt"] == {"name": None, "version": None}


def test_lone_surrogates_survive_json():
    text = "a \ud800 b \udcff"
    line = json.dumps(report.to_json(state_of(text, text), Options(), None))
    assert json.loads(line)["original"] == text
    assert line.isascii()


def test_diff_marks_kept_edits_only():
    assert report.diff_text(STATE) == "I [-has-]{+have+} seen Bill."
    added = state_of("I seen.", "I have seen.", Edit(2, 2, "", "have ", "missing word", ""))
    assert report.diff_text(added) == "I {+have +}seen."
    assert "\x1b[32;1m{+have+}\x1b[0m" in report.diff_text(STATE, colour=True)


def test_schema_lists_the_kinds_goals_and_sampling_of_the_code():
    assert SCHEMA["$defs"]["kind"]["enum"] == list(KINDS)
    assert SCHEMA["$defs"]["goal"]["enum"] == list(GOALS)
    sampling = SCHEMA["$defs"]["proofread"]["properties"]["options"]["properties"]["sampling"]
    assert set(sampling["required"]) == set(vars(Sampling()))
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "change",
    [
        {"phase": "editing"},
        {"before": Tone(3.0, 0.0)},
        {"edits": (replace(HAS, kind="typo"),)},
        {"edits": (replace(HAS, blocked_by="name"),)},
        {"edits": (replace(BILL, blocked_by=None),)},
    ],
)
def test_schema_refuses_what_no_run_may_give(change):
    assert not VALIDATOR.is_valid(report.to_json(replace(STATE, **change), Options(), None))
