"""Decoding that drafts from the source text: answers and likelihoods, step by step.

Proofreading copies most of its input, so the source is the draft: it is read in one batch, the
prefix on which the model's own choice agrees is kept, and after a difference drafting goes on at
the matching place ("aggressive decoding", Sun et al. 2021, Instantaneous Grammatical Error
Correction with Shallow Aggressive Decoding). Every token is the model's own: its greedy choice,
or with a temperature a draw from its distribution (speculative sampling, Leviathan et al. 2023,
with a draft that is certain of itself: a drafted token is taken with its probability, else another
is drawn from what is left).

The functions here are generators: they yield the reads that they need next and get their results,
so that engine.py can put the reads of many texts into one batch.
"""

import ctypes
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

import llama_cpp
import numpy as np

from proofreader.decoder import Decoder, Read, Slot, common

FIRST_DRAFT, NEXT_DRAFT = 32, 12  # tokens; 32 at the start and 8 to 16 later measured best
REACH = 48  # tokens of the source in which drafting looks for the place to go on
ABREAST = 8  # answers whose likelihood is looked up side by side
PIECE = 128  # tokens of an answer whose likelihood is looked up at once

Step = Generator[list[Read], list[Any], Any]  # yields reads, gets what they consumed


@dataclass(frozen=True)
class Choice:
    """One generated token and its probability; 1.0, not looked up, where it copied the draft."""

    token: int
    probability: float


class Greedy:
    """Picks the likeliest token."""

    def pick(self, logits: np.ndarray, draft: Sequence[int]) -> tuple[int, Choice]:
        """How many tokens of `draft` agree, and the choice after them; logits [n + 1, n_vocab]."""
        for agreed, drafted in enumerate(draft):
            token = int(logits[agreed].argmax())
            if token != drafted:
                return agreed, Choice(token, probability(logits[agreed], token))
        row = logits[len(draft)]
        token = int(row.argmax())
        return len(draft), Choice(token, probability(row, token))

    def close(self) -> None:
        """Nothing is held."""


class Sampler:
    """Draws tokens with `settings` (engine.Sampling) through llama.cpp's filters.

    The words depend on the seed, the settings and the model alone, and their distribution is that
    of drawing token by token.
    """

    def __init__(self, settings, n_vocab: int) -> None:
        self._random = np.random.default_rng(settings.seed)
        self._greedy = settings.temperature <= 0
        self._chain = _filters(settings, n_vocab)
        self._candidates = (llama_cpp.llama_token_data * n_vocab)()
        self._table = np.frombuffer(
            self._candidates, dtype=[("id", "i4"), ("logit", "f4"), ("p", "f4")]
        )

    def pick(self, logits: np.ndarray, draft: Sequence[int]) -> tuple[int, Choice]:
        """How many tokens of `draft` agree, and the choice after them; logits [n + 1, n_vocab]."""
        for agreed, drafted in enumerate(draft):
            token = self._draw(logits[agreed], drafted)
            if token != drafted:
                return agreed, Choice(token, probability(logits[agreed], token))
        token = self._draw(logits[len(draft)], None)
        return len(draft), Choice(token, probability(logits[len(draft)], token))

    def _draw(self, logits: np.ndarray, drafted: int | None) -> int:
        """A token from the filtered distribution: `drafted` with its own probability, else one of
        the others. Which token comes is distributed as without a draft."""
        ids, chances = self.distribution(logits)
        if self._greedy:
            token = int(ids[chances.argmax()])
        else:
            token = self._speculate(ids, chances, drafted)
        llama_cpp.llama_sampler_accept(self._chain, token)
        return token

    def _speculate(self, ids: np.ndarray, chances: np.ndarray, drafted: int | None) -> int:
        if drafted is not None:
            at = ids == drafted
            if self._random.random() < chances[at].sum():
                return drafted
            chances = np.where(at, 0.0, chances)
        total = np.cumsum(chances)
        place = np.searchsorted(total, self._random.random() * total[-1], side="right")
        return int(ids[min(place, len(ids) - 1)])

    def distribution(self, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Token ids left by the filters and their probabilities, float64; logits [n_vocab]."""
        self._table["id"], self._table["logit"] = np.arange(len(logits)), logits
        array = llama_cpp.llama_token_data_array(self._candidates, len(logits), -1, False)
        llama_cpp.llama_sampler_apply(self._chain, ctypes.byref(array))
        left = self._table[: array.size]
        values = left["logit"].astype(np.float64)
        chances = np.exp(values - values.max())
        return left["id"].copy(), chances / chances.sum()

    def close(self) -> None:
        """Free llama.cpp's memory."""
        llama_cpp.llama_sampler_free(self._chain)


def _filters(settings, n_vocab: int):
    """llama.cpp's sampler chain in its usual order: penalties, top-k, top-p, min-p, temperature."""
    chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    steps = [llama_cpp.llama_sampler_init_penalties(n_vocab, 64, settings.repeat_penalty, 0.0, 0.0)]
    if settings.temperature > 0:
        steps += [
            llama_cpp.llama_sampler_init_top_k(settings.top_k),
            llama_cpp.llama_sampler_init_top_p(settings.top_p, 1),
            llama_cpp.llama_sampler_init_min_p(settings.min_p, 1),
            llama_cpp.llama_sampler_init_temp(settings.temperature),
        ]
    for step in steps:
        llama_cpp.llama_sampler_chain_add(chain, step)
    return chain


def probability(logits: np.ndarray, token: int) -> float:
    """Softmax probability of one token; logits [n_vocab]."""
    return float(1.0 / np.exp(logits - logits[token]).sum())


def log_probabilities(logits: np.ndarray, tokens: Sequence[int]) -> np.ndarray:
    """Log-softmax of tokens[i] under logits[i]; logits [n, n_vocab], result [n]."""
    highest = logits.max(axis=1)
    total = highest + np.log(np.exp(logits - highest[:, None]).sum(axis=1))
    return logits[np.arange(len(tokens)), tokens] - total


def resume_at(source: Sequence[int], written: Sequence[int], position: int) -> int | None:
    """Where in `source` to go on drafting after `written`: behind the longest matching suffix.

    Only places within REACH of `position` count; of equal matches the nearest wins.
    """
    best, best_rank = None, (0, 0)
    for place in range(max(1, position - REACH // 4), min(len(source), position + REACH) + 1):
        length = 0
        while length < min(place, len(written), 8):
            if source[place - 1 - length] != written[-1 - length]:
                break
            length += 1
        rank = (length, -abs(place - position))
        if length and rank > best_rank:
            best, best_rank = place, rank
    return best


def drafted(
    decoder: Decoder,
    slot: Slot,
    prompt: Sequence[int],
    source: Sequence[int],
    picker: Greedy | Sampler,
    first_bias: tuple[Sequence[int], float],
    limit: int,
    written: list[Choice],
    is_over: Callable[[Choice], bool],
    whole: int | None = None,
) -> Step:
    """The model's answer to `prompt`, drafting from the tokens of `source`, put into `written`.

    `first_bias` (tokens, amount) is added to logits of the first token. Ends before a choice that
    `is_over`, after a first token that is `whole`, and after `limit` tokens. Leaves prompt and
    answer in the slot.
    """

    def first(logits: np.ndarray) -> tuple[int, Choice]:
        tokens, amount = first_bias
        logits[0, tokens] += amount
        return picker.pick(logits, [])

    decoder.share(slot, prompt[:-1])  # the last token is read again: its logits are needed
    ((_, choice),) = yield [Read(slot, prompt[len(slot.tokens) :], 1, first)]
    position, reach = 0, FIRST_DRAFT  # drafting goes on at source[position]
    tokens: list[int] = []
    while len(tokens) < limit and not is_over(choice):
        tokens.append(choice.token)
        written.append(choice)
        if tokens == [whole]:
            return
        if position < len(source) and source[position] == choice.token:
            position += 1
        else:
            found = resume_at(source, tokens, position)
            position, reach = (position, 0) if found is None else (found, NEXT_DRAFT)
        draft = list(source[position : position + reach])[: limit - len(tokens)]
        length = len(slot.tokens) + 1
        ((agreed, choice),) = yield [
            Read(
                slot,
                [tokens[-1], *draft],
                len(draft) + 1,
                lambda logits, draft=draft: picker.pick(logits, draft),
            )
        ]
        decoder.truncate(slot, length + agreed)
        tokens += draft[:agreed]
        written += [Choice(token, 1.0) for token in draft[:agreed]]
        position += agreed
        reach = FIRST_DRAFT if agreed == len(draft) else NEXT_DRAFT


def likelihoods(
    decoder: Decoder,
    slot: Slot,
    prompt: Sequence[int],
    answers: Sequence[Sequence[int]],
    ends: Sequence[int],
) -> Step:
    """log P(answer, any of `ends` | prompt) in nats of each answer, as the generator's value.

    The first answer is read first; the others share its beginning. Leaves prompt and first answer
    in the slot.
    """
    decoder.share(slot, prompt[:-1])
    begins = [answer[0] for answer in answers]
    (firsts,) = yield [
        Read(slot, prompt[len(slot.tokens) :], 1, lambda logits: _of_row(logits[0], begins))
    ]
    base = yield from _score(decoder, slot, len(prompt), answers[0], ends, firsts[:1])
    totals = [sum(base)]
    for begin in range(1, len(answers), ABREAST):
        group = range(begin, min(begin + ABREAST, len(answers)))
        slots, steps = [], []
        for number in group:
            answer = answers[number]
            shared = max(1, common(answer, answers[0]))
            slots.append(decoder.open([*prompt, *answer[: shared - 1]]))
            chances = base[:shared] if shared > 1 else [firsts[number]]
            steps.append(_score(decoder, slots[-1], len(prompt), answer, ends, chances))
        totals += [sum(each) for each in (yield from abreast(steps))]
        for one in slots:
            decoder.close_slot(one)
    return totals


def _score(decoder, slot, start, answer, ends, known) -> Step:
    """Log-probabilities of the tokens of `answer` and of its end, given the first `known` of them.

    `slot` has read the prompt, `start` tokens, and all but the last of the known tokens.
    """
    chances = list(known)
    decoder.truncate(slot, start + len(chances) - 1)
    for begin in range(len(chances) - 1, len(answer), PIECE):
        piece, after = answer[begin : begin + PIECE], answer[begin + 1 : begin + 1 + PIECE]

        def consume(logits: np.ndarray, after=after) -> tuple[list[float], float]:
            inside = log_probabilities(logits[: len(after)], after).tolist()
            return inside, float(np.logaddexp.reduce(_of_row(logits[-1], ends)))

        ((inside, end),) = yield [Read(slot, piece, len(piece), consume)]
        chances += inside
    return [*chances, end]


def _of_row(logits: np.ndarray, tokens: Sequence[int]) -> list[float]:
    """Log-softmax of several tokens under one row of logits, [n_vocab]."""
    highest = logits.max()
    total = highest + np.log(np.exp(logits - highest).sum())
    return (logits[list(tokens)] - total).tolist()


def abreast(steps: Sequence[Step]) -> Step:
    """Several steps side by side, as one; its value is the list of theirs."""
    values: list[Any] = [None] * len(steps)
    waiting: dict[int, list[Read]] = {}
    for number, step in enumerate(steps):
        waiting[number] = next(step)
    while waiting:
        results = yield [read for reads in waiting.values() for read in reads]
        for number, reads in list(waiting.items()):
            mine, results = results[: len(reads)], results[len(reads) :]
            try:
                waiting[number] = steps[number].send(mine)
            except StopIteration as over:
                values[number] = over.value
                del waiting[number]
    return values
