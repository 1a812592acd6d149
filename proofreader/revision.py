"""One email while it is being worked on: its units, what became of each, and the state to show."""

import math
import re
import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any, TypeVar

from classifiers.gate import looks_like_email
from classifiers.tone import Tone, ToneScorer, aggregate
from prompts import UNCHANGED
from proofreader.asking import Ask, Job, Judge
from proofreader.edits import Edit, align, apply
from proofreader.errors import ProofreadError
from proofreader.guards import check_all
from proofreader.language import is_english
from proofreader.loading import Model
from proofreader.mail import Email
from proofreader.rules import Suggestion, substitute, suggest
from proofreader.sentences import Sentence, sentences
from proofreader.similarity import similar_enough
from proofreader.states import GOALS, Options, Phase, Proofread, SentenceState
from proofreader.style import keep_style
from proofreader.unit import Unit

SURE, UNSURE = -3.0, -2.0  # nats that a rule's change may cost to be taken; set on dev data
# How unlike an email a text must be to say so; one sentence alone shows little: at 0.02 a tenth of
# written email sentences are doubted and 63 % of bare questions, at 0.5 half and 90 %.
DOUBT, DOUBT_ONE = 0.5, 0.02
VARIANTS = 8  # suggestions that a model judges in one sentence at most

Trusts = dict[tuple[str, str], tuple[str, float]]  # (before, after): who changed it, how surely
T = TypeVar("T")
Wishes = Generator[Ask | Judge, Any, T]  # part of a job, with its value


class Revision:
    """Everything known about one email. Raises ProofreadError when nothing in it is the writer's.

    Not thread-safe: one run owns it.
    """

    def __init__(self, text: str, options: Options, scorer: ToneScorer, order: str) -> None:
        self._text, self._options, self._scorer, self._order = text, options, scorer, order
        self._began = self._worked_from = time.perf_counter()
        self._model: Model | None = None
        self._tokens = 0  # written for this email
        self._read_before = self._read = 0  # what the engine had read, and has read since
        self.notes: list[str] = []
        email = Email.split(text)
        found = sentences(email)
        if not found:
            raise ProofreadError(email.why_nothing())
        self._tones: dict[str, Tone] = {}
        self._suggested: dict[str, list[Suggestion]] = {}
        tones = self._scores([sentence.source for sentence in found])
        self.units = [
            Unit(sentence.start, sentence.end, sentence.source, tone)
            for sentence, tone in zip(found, tones, strict=True)
        ]
        self._before = aggregate(tones)
        self._leave_other_languages(found)
        doubt = DOUBT if len(self.units) > 1 else DOUBT_ONE
        if not self.notes and looks_like_email(text) < doubt:
            self.notes.append("This does not look like an email; it is proofread all the same.")

    def _leave_other_languages(self, found: tuple[Sentence, ...]) -> None:
        whole = "\n".join(sentence.source for sentence in found)
        if not is_english(whole):
            self.notes.append("This does not look like English, so nothing was changed.")
            for unit in self.units:
                unit.state, unit.note = "fallback", "not English"
            self.units, self._left = [], self.units
            return
        self._left: list[Unit] = []
        for unit in self.units:
            if not is_english(unit.source):
                unit.state, unit.note = "fallback", "not English"

    @property
    def waiting(self) -> list[Unit]:
        """Units that nobody has finished yet, in reading order."""
        return [unit for unit in self.units if unit.state == "waiting"]

    def mark_rules(self) -> None:
        """What the rule checker is sure of, at once and without a model."""
        if self._order == "off":
            return
        for unit in self.waiting:
            confident = [s for s in self._suggestions(unit.source) if s.confident]
            fixed = substitute(unit.source, [(s, s.candidates[0]) for s in confident])
            self._set(unit, fixed, {})

    def begin(self, model: Model | None) -> None:
        """The model is there: count its tokens and the time from now on."""
        self._model, self._worked_from = model, time.perf_counter()
        if model is not None:
            self._read_before = model.engine.read_tokens
            if model.entry.unit == "paragraph":
                self._join_paragraphs()

    def _join_paragraphs(self) -> None:
        joined: list[Unit] = []
        for unit in self.units:
            last = joined[-1] if joined else None
            gap = self._text[last.end : unit.start] if last else "\n"
            if last and last.state == unit.state == "waiting" and re.fullmatch("[ \t]+", gap):
                source = last.source + gap + unit.source
                joined[-1] = Unit(
                    last.start, unit.end, source, aggregate([last.before, unit.before])
                )
            else:
                joined.append(unit)
        self.units = joined

    def settle(self) -> None:
        """Finish the next unit with what the rules found."""
        self.waiting[0].state = "done"

    def job(self, unit: Unit, model: Model) -> Job:
        """What the model is to do for a unit, step by step; carried out, the unit is done.

        A job that is closed before its end leaves the unit as it was or as it was last set.
        """
        trusts: Trusts = {}
        source = unit.source
        if self._order == "before":
            source = yield from self._judge(model, source, unit, trusts)
        answer = yield from self._answer(model, source, unit, trusts)
        objection = similar_enough(source, answer, self._options.goal)
        if objection is not None:
            unit.note, answer = objection, source
        self._set(unit, answer, trusts)
        if self._order == "after":
            yield from self._mend(model, unit, trusts)
        if objection is None and self._options.goal == GOALS[0]:
            yield from self._look_again(model, unit, {unit.source, source}, trusts)
        unit.state = "fallback" if objection else "done"
        self._read = model.engine.read_tokens - self._read_before

    def _mend(self, model: Model, unit: Unit, trusts: Trusts) -> Wishes[None]:
        """What the rules still find in the unit as it now stands: without the edits that the
        guards blocked, so that "rubarb", saved from "raspberries", still becomes "rhubarb"."""
        text = unit.standing
        mended = yield from self._judge(model, text, unit, trusts)
        if mended == text:
            return
        blocked = [edit for edit in unit.edits if edit.verdict == "blocked"]
        self._set(unit, mended, trusts)
        apart = [b for b in blocked if all(b.end < e.start or e.end < b.start for e in unit.edits)]
        unit.edits = tuple(sorted((*unit.edits, *apart), key=lambda edit: edit.start))

    def _look_again(self, model: Model, unit: Unit, seen: set[str], trusts: Trusts) -> Wishes[None]:
        """Ask about the unit as it now stands, as often as the entry says and new text comes."""
        for _ in range(1, model.entry.passes):
            text = unit.standing
            if text in seen:
                return
            seen.add(text)
            answer = yield from self._answer(model, text, unit, trusts)
            if answer == text or similar_enough(unit.source, answer, GOALS[0]) is not None:
                return
            self._set(unit, answer, trusts)

    def _answer(self, model: Model, source: str, unit: Unit, trusts: Trusts) -> Wishes[str]:
        """The model's revision of `source`; how sure it was of each change goes into `trusts`."""
        options = self._options
        pieces = yield model.ask(source, options.goal, self._tone(unit), options.sampling)
        self._tokens += len(pieces)
        answer = "".join(pieces)
        lead = len(answer) - len(answer.lstrip())
        answer = answer.strip()
        if "\n" not in source:
            answer = answer.split("\n")[0].rstrip()
        if answer == UNCHANGED:
            return source
        shift, starts = 0, list(accumulate(map(len, pieces), initial=-lead))
        for edit in align(source, answer):
            start = edit.start + shift
            end = start + max(1, len(edit.after))
            near = [
                piece.probability
                for place, piece in zip(starts, pieces, strict=False)
                if start - 1 <= place < end
            ]
            trusts[edit.before, edit.after] = ("model", min(near, default=1.0))
            shift += len(edit.after) - len(edit.before)
        return answer

    def _tone(self, unit: Unit) -> Tone:
        """The scores for the prompt: where the tone is to stay the email's, which all share."""
        return self._before if self._options.goal in GOALS[:2] else unit.before

    def _suggestions(self, text: str) -> list[Suggestion]:
        if text not in self._suggested:
            self._suggested[text] = suggest(text, self._options.dictionary)
        return self._suggested[text]

    def _scores(self, texts: Sequence[str]) -> list[Tone]:
        """The tone of each text; what was scored for this email before isn't scored again."""
        new = list(dict.fromkeys(text for text in texts if text not in self._tones))
        self._tones.update(zip(new, self._scorer.score(new) if new else [], strict=True))
        return [self._tones[text] for text in texts]

    def _judge(self, model: Model, text: str, unit: Unit, trusts: Trusts) -> Wishes[str]:
        """`text` with those rule suggestions that the model does not find unlikely.

        Of a suggestion's candidates the likeliest counts, as an answer to the unit's own prompt.
        A model that can't judge leaves the choice to the rules' own confidence.
        """
        found = self._suggestions(text)[:VARIANTS]
        chosen = [(one, one.candidates[0], 1.0) for one in found if one.confident]
        if model.judges and found:
            tried = [(one, candidate) for one in found for candidate in one.candidates]
            variants = [text, *(substitute(text, [choice]) for choice in tried)]
            goal, tone = self._options.goal, self._tone(unit)
            base, *chances = yield model.judge(unit.source, goal, tone, variants)
            chosen = []
            for one in found:
                gains = {
                    candidate: chance - base
                    for (asked, candidate), chance in zip(tried, chances, strict=True)
                    if asked is one
                }
                best = max(gains, key=gains.__getitem__)
                if gains[best] > (SURE if one.confident else UNSURE):
                    chosen.append((one, best, 1 / (1 + math.exp(-gains[best]))))
        for one, candidate, trust in chosen:
            for edit in align(text, substitute(text, [(one, candidate)])):
                trusts.setdefault((edit.before, edit.after), ("rules", trust))
        return substitute(text, [(one, candidate) for one, candidate, _ in chosen])

    def _set(self, unit: Unit, revised: str, trusts: Trusts) -> None:
        """Turn a unit's revision into checked edits with their effect on the tone."""
        edits, options = [], self._options
        default = "rules" if self._model is None else "model"
        for edit in align(self._text[unit.start : unit.end], revised, unit.start):
            source, trust = trusts.get((edit.before, edit.after), (default, edit.confidence))
            edits.append(replace(edit, source=source, confidence=round(trust, 3)))
        edits = check_all(edits, self._text, options.goal, options.dictionary, options.kinds)
        unit.edits = self._with_effects(unit, keep_style(edits, self._text, unit.start, unit.end))

    def _with_effects(self, unit: Unit, edits: list[Edit]) -> tuple[Edit, ...]:
        """Each edit with the difference it alone makes to its sentence's scores."""
        if not edits:
            unit.after = unit.before
            return ()
        text, offset = self._text[unit.start : unit.end], unit.start
        moved = [replace(e, start=e.start - offset, end=e.end - offset) for e in edits]
        kept = [edit for edit in moved if edit.verdict == "kept"]
        texts = [apply(text, [edit]) for edit in moved]
        *alone, together, plain = self._scores([*texts, apply(text, kept), text])
        unit.after = together
        return tuple(
            replace(edit, tone_effect=tone - plain) for edit, tone in zip(edits, alone, strict=True)
        )

    def state(self, phase: Phase, loaded: float = 0.0) -> Proofread:
        """Everything known now, as the page and the command line get it."""
        units = self.units or self._left
        edits = tuple(edit for unit in units for edit in unit.edits)
        total = sum(len(unit.source) for unit in units)
        done = sum(len(unit.source) for unit in units if unit.state != "waiting")
        now = time.perf_counter()
        finished = phase in ("done", "stopped")
        rate = (now - self._worked_from) / done if done and phase == "editing" else None
        ready = any(unit.after is not None for unit in units)
        return Proofread(
            original=self._text,
            revised=apply(self._text, [edit for edit in edits if edit.verdict == "kept"]),
            edits=edits,
            sentences=tuple(
                SentenceState(u.start, u.end, u.before, u.after, u.state, u.note) for u in units
            ),
            before=self._before,
            after=aggregate([u.after or u.before for u in units]) if ready or finished else None,
            phase=phase,
            progress=loaded if phase == "loading" else (1.0 if phase == "done" else done / total),
            seconds=now - self._began,
            seconds_left=0.0 if finished else (rate * (total - done) if rate else None),
            tokens=self._tokens,
            read_tokens=self._read,
            model=self._model.info.name if self._model else "",
            notes=tuple(self.notes),
        )
