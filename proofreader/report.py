"""A finished run as JSON for scripts and as a word-level diff for people.

    to_json(state, options, proofreader.model_info)     # a dict; proofread.schema.json describes it
    diff_text(state)                                    # "I [-has-]{+have+} a question."

Offsets are characters of the original (str indices), as in Edit.
"""

from dataclasses import asdict
from typing import Any

from classifiers.tone import Tone
from proofreader.edits import Edit
from proofreader.states import Options, Proofread, SentenceState

PLAIN = ("[-", "-]", "{+", "+}")
COLOURED = ("\x1b[31;9m[-", "-]\x1b[0m", "\x1b[32;1m{+", "+}\x1b[0m")
MODEL_FIELDS = ("name", "file", "sha256", "adapter", "quantisation")


def _tone(tone: Tone | None) -> dict[str, float] | None:
    return None if tone is None else asdict(tone)


def _edit(edit: Edit) -> dict[str, Any]:
    return {
        "start": edit.start,
        "end": edit.end,
        "before": edit.before,
        "after": edit.after,
        "kind": edit.kind,
        "reason": edit.reason,
        "confidence": edit.confidence,
        "source": edit.source,
        "verdict": edit.verdict,
        "blocked_by": edit.blocked_by,
        "tone_effect": _tone(edit.tone_effect),
    }


def _sentence(sentence: SentenceState) -> dict[str, Any]:
    return {
        "start": sentence.start,
        "end": sentence.end,
        "before": _tone(sentence.before),
        "after": _tone(sentence.after),
        "state": sentence.state,
        "note": sentence.note,
    }


def _options(options: Options) -> dict[str, Any]:
    return {
        "goal": options.goal,
        "model": options.model,
        "dictionary": sorted(options.dictionary),
        "kinds": None if options.kinds is None else sorted(options.kinds),
        "sampling": asdict(options.sampling),
    }


def _text_or_none(value: object) -> str | None:
    return None if value is None else str(value)


def to_json(state: Proofread, options: Options, model: Any) -> dict[str, Any]:
    """The state as plain dicts, lists, strings, numbers and None, as proofread.schema.json says.

    `model` is the ModelInfo of the run, or None when no model was loaded: then the fields of
    `model` and `prompt` are None.
    """
    return {
        "original": state.original,
        "revised": state.revised,
        "edits": [_edit(edit) for edit in state.edits],
        "tone": {"before": _tone(state.before), "after": _tone(state.after)},
        "sentences": [_sentence(sentence) for sentence in state.sentences],
        "model": {name: _text_or_none(getattr(model, name, None)) for name in MODEL_FIELDS},
        "prompt": {
            "name": getattr(model, "prompt_name", None),
            "version": getattr(model, "prompt_version", None),
        },
        "options": _options(options),
        "phase": state.phase,
        "seconds": state.seconds,
        "tokens": state.tokens,
        "read_tokens": state.read_tokens,
        "notes": list(state.notes),
    }


def diff_text(state: Proofread, colour: bool = False) -> str:
    """The original with kept edits marked `[-before-]{+after+}`, in colour for a screen."""
    cut, cut_end, put, put_end = COLOURED if colour else PLAIN
    pieces, position = [], 0
    kept = (edit for edit in state.edits if edit.verdict == "kept")
    for edit in sorted(kept, key=lambda edit: (edit.start, edit.end)):
        pieces.append(state.original[position : edit.start])
        pieces.append(f"{cut}{edit.before}{cut_end}" if edit.before else "")
        pieces.append(f"{put}{edit.after}{put_end}" if edit.after else "")
        position = edit.end
    return "".join([*pieces, state.original[position:]])
