"""One llama.cpp context that reads for many texts at once, each in its own sequence.

decoder = Decoder(context, n_vocab)
slot = decoder.open(prompt)                        # shares what any other slot has read of it
decoder.read([[Read(slot, rest, 1, consume)]])     # one batch; consume(logits [1, n_vocab])

A core reads ten tokens of ten texts in little more time than one token of one text, so everything
that is ready to be read goes into one batch.
"""

import ctypes
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import llama_cpp
import numpy as np

from proofreader.errors import ProofreadError

ABORTABLE = 16  # tokens; asking Python between graph nodes costs more than a short batch takes
SEQUENCES = 64  # of one context; a judged sentence takes one for each variant
EXTRA = 2048  # tokens of memory beyond one context, for the texts read beside the oldest
ALIKE = 24  # tokens: where reading a common beginning once saves fewer, it isn't worth a batch
MARGIN = 256  # tokens left empty: shared beginnings are counted once, by whoever read them


@dataclass(eq=False)
class Slot:
    """One sequence of the context and the tokens that it has read."""

    number: int
    tokens: list[int] = field(default_factory=list)
    shared: int = 0  # how many of the tokens another slot had read


@dataclass(frozen=True)
class Read:
    """Tokens to read in a slot. `consume` gets the logits after each of the last `wanted`, float32
    [wanted, n_vocab], a view into llama.cpp's own memory, and gives what is needed of them.
    """

    slot: Slot
    tokens: Sequence[int]
    wanted: int
    consume: Callable[[np.ndarray], Any]


@dataclass(frozen=True)
class Portion:
    """What one batch takes of a read: all of it, or a part where it is longer than a batch."""

    group: int
    read: Read
    tokens: Sequence[int]
    ends: bool


UNREAD = object()  # the result of what a stop kept from being read


class Decoder:
    """Remembers which tokens each sequence has read. Not thread-safe: llama.cpp isn't."""

    def __init__(self, context, n_vocab: int, n_ctx: int) -> None:
        self.n_ctx = n_ctx  # of one text; the context has EXTRA more
        self.n_batch = llama_cpp.llama_n_batch(context)
        self.read_tokens = 0  # all tokens ever put through the model
        self.stopped: Callable[[], bool] = lambda: False  # asked while a batch is read
        self._context, self._n_vocab = context, n_vocab
        self._memory = llama_cpp.llama_get_memory(context)
        self._free = list(range(SEQUENCES - 1, -1, -1))
        self._open: list[Slot] = []
        self._kept: Slot | None = None  # the last closed one: the next prompt begins like it
        self._make_batch()
        # kept in self: llama.cpp holds only the address
        self._asked = llama_cpp.ggml_abort_callback(lambda _: self.stopped())
        self._never = ctypes.cast(None, llama_cpp.ggml_abort_callback)

    def _make_batch(self) -> None:
        """A llama_batch over numpy's memory, so that it is filled by whole arrays."""
        size = self.n_batch
        self._token, self._pos, self._seq = (np.zeros(size, np.int32) for _ in range(3))
        self._counts, self._wanted = np.ones(size, np.int32), np.zeros(size, np.int8)
        number = ctypes.POINTER(ctypes.c_int32)
        first = self._seq.ctypes.data
        self._owners = (number * size)(
            *(ctypes.cast(first + 4 * index, number) for index in range(size))
        )
        self._batch = llama_cpp.llama_batch(
            n_tokens=0,
            token=self._token.ctypes.data_as(number),
            embd=None,
            pos=self._pos.ctypes.data_as(number),
            n_seq_id=self._counts.ctypes.data_as(number),
            seq_id=self._owners,
            logits=self._wanted.ctypes.data_as(ctypes.POINTER(ctypes.c_int8)),
        )

    def open(self, tokens: Sequence[int]) -> Slot:
        """A new slot that holds as much of the beginning of `tokens` as some slot has read."""
        slot = Slot(self._free.pop() if self._free else self._reuse())
        self._open.append(slot)
        self.share(slot, tokens)
        return slot

    def _reuse(self) -> int:
        if self._kept is None:
            raise ProofreadError(f"More than {SEQUENCES} texts at once; this is a fault in here.")
        kept, self._kept = self._kept, None
        self._forget(kept, 0)
        return kept.number

    def share(self, slot: Slot, tokens: Sequence[int]) -> None:
        """Make `slot` hold the longest beginning of `tokens` that it or another has read."""
        own = common(slot.tokens, tokens)
        others = [one for one in (*self._open, self._kept) if one is not None and one is not slot]
        best = max(others, key=lambda one: common(one.tokens, tokens), default=slot)
        length = common(best.tokens, tokens)
        self._forget(slot, own)
        if length > own:
            llama_cpp.llama_memory_seq_cp(self._memory, best.number, slot.number, own, length)
            slot.tokens, slot.shared = list(tokens[:length]), length

    def close_slot(self, slot: Slot, keep: int = 0) -> None:
        """Forget a slot but for its first `keep` tokens, which the next prompt may begin with."""
        if slot not in self._open:  # everything was forgotten meanwhile
            return
        self._open.remove(slot)
        if keep:
            if self._kept is not None:
                self._free.append(self._reuse())
            self._forget(slot, keep)
            self._kept = slot
        else:
            self._forget(slot, 0)
            self._free.append(slot.number)

    def truncate(self, slot: Slot, length: int) -> None:
        """Forget everything after the first `length` tokens of a slot."""
        self._forget(slot, length)

    def _forget(self, slot: Slot, length: int) -> None:
        if length < len(slot.tokens):
            llama_cpp.llama_memory_seq_rm(self._memory, slot.number, length, -1)
            del slot.tokens[length:]
            slot.shared = min(slot.shared, length)

    @property
    def used(self) -> int:
        """Tokens of memory in use."""
        kept = len(self._kept.tokens) if self._kept else 0
        return kept + sum(len(slot.tokens) - slot.shared for slot in self._open)

    def spare(self, oldest: Slot) -> int:
        """Tokens that may be read beside `oldest` so that it still has room for a whole context."""
        return self.n_ctx + EXTRA - MARGIN - self.used - (self.n_ctx - len(oldest.tokens))

    def clear(self) -> None:
        """Forget everything and close every slot."""
        llama_cpp.llama_memory_clear(self._memory, False)
        self._open, self._kept = [], None
        self._free = list(range(SEQUENCES - 1, -1, -1))

    def read(self, groups: Sequence[Sequence[Read]]) -> list[Any]:
        """Read all groups in as few batches as they fit: for each, a list of what its reads'
        `consume` gave, or UNREAD where a stop came first; then its slots are as they were.

        A read of more than n_batch tokens must want logits of no more than its last n_batch.
        """
        lengths = [[len(read.slot.tokens) for read in group] for group in groups]
        found: list[list[Any]] = [[] for _ in groups]
        reads, done = self._read_alike([read for group in groups for read in group])
        rest = iter(reads)
        for batch in self._batches([[next(rest) for _ in group] for group in groups]):
            if not (done and self._run(batch, found)):
                break
        for group, before, results in zip(groups, lengths, found, strict=True):
            if len(results) < len(group):
                for read, length in zip(group, before, strict=True):
                    self._forget(read.slot, length)
        pairs = zip(groups, found, strict=True)
        return [results if len(results) == len(group) else UNREAD for group, results in pairs]

    def _read_alike(self, reads: list[Read]) -> tuple[list[Read], bool]:
        """Read once what slots that have read the same so far are to read alike now.

        What is left of the reads, and whether nothing was stopped.
        """
        alike: dict[tuple[int, ...], list[int]] = {}
        for number, read in enumerate(reads):
            if len(read.tokens) > read.wanted:
                alike.setdefault(tuple(read.slot.tokens), []).append(number)
        for numbers in alike.values():
            first, *others = (reads[number] for number in numbers)
            lead = first.tokens[: len(first.tokens) - first.wanted][: self.n_batch]
            for one in others:
                lead = lead[: common(lead, one.tokens[: len(one.tokens) - one.wanted])]
            if len(lead) * len(others) < ALIKE:
                continue
            if not self._run([Portion(0, first, lead, False)], []):
                return reads, False
            for one in others:
                self.share(one.slot, first.slot.tokens)
            for number in numbers:
                reads[number] = replace(reads[number], tokens=reads[number].tokens[len(lead) :])
        return reads, True

    def _batches(self, groups: Sequence[Sequence[Read]]) -> Iterator[list[Portion]]:
        batch: list[Portion] = []
        room = self.n_batch
        for number, group in enumerate(groups):
            for one in group:
                rest = one.tokens
                while len(rest) > room:
                    cut = room if len(rest) - room >= one.wanted else 0
                    if cut:
                        batch.append(Portion(number, one, rest[:cut], False))
                    yield batch
                    batch, rest, room = [], rest[cut:], self.n_batch
                batch.append(Portion(number, one, rest, True))
                room -= len(rest)
        if batch:
            yield batch

    def _run(self, batch: list[Portion], found: list[list[Any]]) -> bool:
        """Read one batch and let its reads consume; False where it was stopped."""
        filled = 0
        for portion in batch:
            slot, tokens = portion.read.slot, portion.tokens
            end, first = filled + len(tokens), len(slot.tokens)
            self._token[filled:end] = tokens
            self._pos[filled:end] = np.arange(first, first + len(tokens))
            self._seq[filled:end] = slot.number
            self._wanted[filled:end] = 0
            if portion.ends:
                self._wanted[end - portion.read.wanted : end] = 1
            filled = end
        if not self._decode(filled):
            return False
        rows = int(self._wanted[:filled].sum())
        pointer = llama_cpp.llama_get_logits(self._context) if rows else None
        logits = np.ctypeslib.as_array(pointer, shape=(rows, self._n_vocab)) if rows else None
        row = 0
        for portion in batch:
            portion.read.slot.tokens.extend(portion.tokens)
            if portion.ends:
                wanted = portion.read.wanted
                found[portion.group].append(portion.read.consume(logits[row : row + wanted]))
                row += wanted
        return True

    def too_long(self) -> ProofreadError:
        """What to tell where a text does not fit."""
        return ProofreadError(
            f"This piece of text needs more than the model's context of {self.n_ctx} tokens. "
            "Raise the context setting or shorten the paragraph."
        )

    def _decode(self, count: int) -> bool:
        self._batch.n_tokens = count
        callback = self._asked if count >= ABORTABLE else self._never
        llama_cpp.llama_set_abort_callback(self._context, callback, None)
        status = 2 if self.stopped() else llama_cpp.llama_decode(self._context, self._batch)
        if status == 1 and self._kept is not None:  # no room left: what is kept must go
            self._free.append(self._reuse())
            status = llama_cpp.llama_decode(self._context, self._batch)
        if status == 2:  # llama.cpp has taken the batch out of its memory again
            return False
        if status:
            self.clear()  # what a failed batch left behind is unknown
            raise ProofreadError(f"The model failed to read the text (llama.cpp code {status}).")
        self.read_tokens += count
        return True


def common(first: Sequence[int], second: Sequence[int]) -> int:
    """How many tokens two sequences share at their beginning."""
    length = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        length += 1
    return length
