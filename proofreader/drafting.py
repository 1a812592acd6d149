"""Greedy decoding that drafts from the source text, over llama.cpp's low-level interface.

Proofreading copies most of its input, so the source is the draft: it is read in one batch, the
prefix on which the model's own greedy choice agrees is kept, and after a difference drafting goes
on at the matching place ("aggressive decoding", Sun et al. 2021, Instantaneous Grammatical Error
Correction with Shallow Aggressive Decoding). Every token is the model's own greedy choice.
"""

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Event

import llama_cpp
import numpy as np

from proofreader.errors import ProofreadError

FIRST_DRAFT, NEXT_DRAFT = 32, 12  # tokens; 32 at the start and 8 to 16 later measured best
ABORTABLE = 16  # tokens; asking Python between graph nodes costs more than a short batch takes
REACH = 48  # tokens of the source in which drafting looks for the place to go on


@dataclass(frozen=True)
class Choice:
    """One generated token and its probability; 1.0, not looked up, where it copied the draft."""

    token: int
    probability: float


class Stopped(Exception):
    """The stop event was set while the model was at work."""


class Decoder:
    """One llama.cpp context with one sequence; remembers which tokens it has read.

    Not thread-safe: llama.cpp isn't.
    """

    def __init__(self, context, n_vocab: int) -> None:
        self.n_ctx = llama_cpp.llama_n_ctx(context)
        self.tokens: list[int] = []
        self.read_tokens = 0  # all tokens ever put through the model
        self._context, self._n_vocab = context, n_vocab
        self._memory = llama_cpp.llama_get_memory(context)
        self._n_batch = llama_cpp.llama_n_batch(context)
        self._batch = llama_cpp.llama_batch_init(self._n_batch, 0, 1)
        self._stop: Event | None = None
        # kept in self: llama.cpp holds only the address
        self._asked = llama_cpp.ggml_abort_callback(lambda _: self._stopped())
        self._never = ctypes.cast(None, llama_cpp.ggml_abort_callback)

    def _stopped(self) -> bool:
        return self._stop is not None and self._stop.is_set()

    def close(self) -> None:
        llama_cpp.llama_batch_free(self._batch)

    def truncate(self, length: int) -> None:
        """Forget everything after the first `length` tokens."""
        if length < len(self.tokens):
            llama_cpp.llama_memory_seq_rm(self._memory, 0, length, -1)
            del self.tokens[length:]

    def start(self, prompt: Sequence[int], stop: Event | None) -> np.ndarray:
        """Read `prompt`, reusing what is already read of it; the logits after it, [n_vocab]."""
        self._stop = stop
        known = 0
        while (
            known < min(len(prompt) - 1, len(self.tokens)) and prompt[known] == self.tokens[known]
        ):
            known += 1
        self.truncate(known)
        for position in range(known, len(prompt), self._n_batch):
            piece = prompt[position : position + self._n_batch]
            logits = self.extend(piece, wanted=1)
        return logits[0]

    def extend(self, tokens: Sequence[int], wanted: int) -> np.ndarray:
        """Read `tokens` (at most n_batch) in one batch.

        Returns the logits after each of the last `wanted`, float32 [wanted, n_vocab], as a view
        that the next call overwrites.
        """
        if len(self.tokens) + len(tokens) > self.n_ctx:
            raise ProofreadError(
                f"This piece of text needs more than the model's context of {self.n_ctx} tokens. "
                "Raise the context setting or shorten the paragraph."
            )
        self._fill(tokens, wanted)
        callback = self._asked if len(tokens) >= ABORTABLE else self._never
        llama_cpp.llama_set_abort_callback(self._context, callback, None)
        status = 2 if self._stopped() else llama_cpp.llama_decode(self._context, self._batch)
        if status:
            # what an aborted batch left in the cache is unknown
            llama_cpp.llama_memory_clear(self._memory, False)
            self.tokens.clear()
            if status == 2:
                raise Stopped
            raise ProofreadError(f"The model failed to read the text (llama.cpp code {status}).")
        self.tokens.extend(tokens)
        self.read_tokens += len(tokens)
        pointer = llama_cpp.llama_get_logits(self._context)
        return np.ctypeslib.as_array(pointer, shape=(wanted * self._n_vocab,)).reshape(wanted, -1)

    def _fill(self, tokens: Sequence[int], wanted: int) -> None:
        batch, first = self._batch, len(self.tokens)
        batch.n_tokens = len(tokens)
        for index, token in enumerate(tokens):
            batch.token[index] = token
            batch.pos[index] = first + index
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = 0
            batch.logits[index] = index >= len(tokens) - wanted


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
    decoder: Decoder, logits: np.ndarray, source: Sequence[int], ends: frozenset[int], limit: int
) -> Iterator[Choice]:
    """The model's greedy answer after `logits`, drafting from the tokens of `source`.

    Ends before the first token of `ends` and after `limit` tokens. Raises Stopped.
    """
    written: list[int] = []
    position, reach = 0, FIRST_DRAFT  # drafting goes on at source[position]
    token = int(logits.argmax())
    chance = probability(logits, token)
    while token not in ends and len(written) < limit:
        written.append(token)
        yield Choice(token, chance)
        if position < len(source) and source[position] == token:
            position += 1
        else:
            found = resume_at(source, written, position)
            position, reach = (position, 0) if found is None else (found, NEXT_DRAFT)
        draft = list(source[position : position + reach])[: limit - len(written)]
        length = len(decoder.tokens) + 1
        after = decoder.extend([token, *draft], wanted=len(draft) + 1)
        choices = after.argmax(axis=1).tolist()
        agreed = 0
        while agreed < len(draft) and choices[agreed] == draft[agreed]:
            agreed += 1
        decoder.truncate(length + agreed)
        token = choices[agreed]
        chance = probability(after[agreed], token)
        for copied in draft[:agreed]:
            written.append(copied)
            yield Choice(copied, 1.0)
        position += agreed
        reach = FIRST_DRAFT if agreed == len(draft) else NEXT_DRAFT


def sampled(
    decoder: Decoder, logits: np.ndarray, settings, ends: frozenset[int], limit: int
) -> Iterator[Choice]:
    """An answer after `logits` by sampling with `settings` (engine.Sampling), token by token.

    Drafting rests here. Ends before the first token of `ends` and after `limit` tokens.
    """
    chain = _sampler(settings, len(logits))
    candidates = (llama_cpp.llama_token_data * len(logits))()
    table = np.frombuffer(candidates, dtype=[("id", "i4"), ("logit", "f4"), ("p", "f4")])
    try:
        for _ in range(limit):
            table["id"], table["logit"], table["p"] = np.arange(len(logits)), logits, 0
            array = llama_cpp.llama_token_data_array(candidates, len(logits), -1, False)
            llama_cpp.llama_sampler_apply(chain, ctypes.byref(array))
            token = array.data[array.selected].id
            if token in ends:
                return
            llama_cpp.llama_sampler_accept(chain, token)
            yield Choice(token, probability(logits, token))
            logits = decoder.extend([token], wanted=1)[0]
    finally:
        llama_cpp.llama_sampler_free(chain)


def _sampler(settings, n_vocab: int):
    """llama.cpp's sampler chain in its usual order: penalties, top-k, top-p, min-p, temperature."""
    chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    steps = [llama_cpp.llama_sampler_init_penalties(n_vocab, 64, settings.repeat_penalty, 0.0, 0.0)]
    if settings.temperature > 0:
        steps += [
            llama_cpp.llama_sampler_init_top_k(settings.top_k),
            llama_cpp.llama_sampler_init_top_p(settings.top_p, 1),
            llama_cpp.llama_sampler_init_min_p(settings.min_p, 1),
            llama_cpp.llama_sampler_init_temp(settings.temperature),
            llama_cpp.llama_sampler_init_dist(settings.seed),
        ]
    else:
        steps.append(llama_cpp.llama_sampler_init_greedy())
    for step in steps:
        llama_cpp.llama_sampler_chain_add(chain, step)
    return chain
