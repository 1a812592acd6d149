"""Where rewritten text comes from: a GGUF file in llama.cpp (remote.py has the other engine).

    engine = LlamaEngine(Path("model.gguf"))
    "".join(engine.complete(render("proofread", ...), "I has a car.", Sampling(), Event()))

llama.cpp is not thread-safe, so an engine answers one request at a time; others wait for its lock.
"""

import codecs
import ctypes
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Protocol

import numpy as np

from classifiers.tone import usable_cpus
from prompts import UNCHANGED, Prompt
from proofreader.errors import ProofreadError
from proofreader.resources import available_memory

SLOTS = ("\ue0f0", "\ue0f1")  # private-use marks for system and user text in a chat template
SPIN = "1000"  # rounds a thread waits awake; measured, see results/LOG.md


@dataclass(frozen=True)
class Sampling:
    """How the model picks its words. temperature 0 is greedy; the other filters then rest."""

    temperature: float = 0.0
    top_p: float = 0.95
    top_k: int = 40
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    max_tokens: int = 512  # for one sentence
    seed: int = 0
    context: int | None = None  # tokens of one request; None: what models.yaml says


class Piece(str):
    """A piece of an answer. `probability` is the model's at the piece's first token."""

    probability: float

    def __new__(cls, text: str, probability: float = 1.0) -> "Piece":
        piece = super().__new__(cls, text)
        piece.probability = probability
        return piece


_log_callback = None


def _start_backend(llama_cpp) -> None:
    """Once for a process, without llama.cpp's log: errors reach the user as ProofreadError."""
    global _log_callback
    if _log_callback is None:
        # kept in the module: llama.cpp holds only the address
        _log_callback = llama_cpp.llama_log_callback(lambda level, text, data: None)
        llama_cpp.llama_log_set(_log_callback, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()


class Engine(Protocol):
    """Answers prompts. `tokens` and `read_tokens` count all that it wrote and read so far."""

    name: str
    tokens: int
    read_tokens: int

    def complete(
        self,
        prompt: Prompt,
        draft: str | None,
        options: Sampling,
        stop: Event,
        unchanged_bias: float = 0.0,
    ) -> Iterator[Piece]:
        """The answer in pieces. `draft` is text the answer will resemble. Ends early on stop.

        `unchanged_bias` is added to the logit of the "no change" answer, where the engine can.
        """


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise ProofreadError(
            f"There is no model file {path}. Check the path, or pick another model."
        )
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise ProofreadError(
                f"{path} is not a GGUF file. Convert it with convert/to_gguf.py, or pick a .gguf."
            )
    size, free = path.stat().st_size, available_memory()
    needed = int(size * 1.2) + 150_000_000  # measured: weights, repacked rows and work buffers
    if free is not None and needed > free:
        raise ProofreadError(
            f"{path.name} needs about {needed / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are "
            "free. Close something, or pick a smaller model or quantisation."
        )


class LlamaEngine:
    """One GGUF file in llama.cpp. Loading takes about as long as reading the file.

    `adapter` is a LoRA GGUF applied at run time. `progress` gets 0..1 while loading.
    `chat_template` (Jinja) stands in for the one in the file's metadata.
    """

    def __init__(
        self,
        path: Path,
        context: int = 2048,
        adapter: Path | None = None,
        progress: Callable[[float], None] | None = None,
        chat_template: str | None = None,
    ) -> None:
        _check_file(path)
        self.name, self.path, self.adapter = path.name, path, adapter
        self.tokens = 0
        self._lock = threading.Lock()
        self._load(path, context, adapter, progress)
        self._template = self._chat_template(chat_template)
        self._unchanged = self.tokenize(UNCHANGED)

    def _load(self, path, context, adapter, progress) -> None:
        # A busy machine: spinning at every barrier for a thread that isn't running costs seconds
        os.environ.setdefault("GOMP_SPINCOUNT", SPIN)
        import llama_cpp

        from proofreader import drafting

        self._llama, self._drafting = llama_cpp, drafting
        _start_backend(llama_cpp)
        params = llama_cpp.llama_model_default_params()
        # Virtual machines may advertise AMX and fault on its first instruction: llama.cpp's AMX
        # rows are left alone, which costs a build with AMX its packed kernels too.
        params.use_extra_bufts = b"AMX_INT8 = 1" not in llama_cpp.llama_print_system_info()
        if progress is not None:
            report = llama_cpp.llama_progress_callback(lambda done, _: progress(done) or True)
            params.progress_callback = report
        self._model = llama_cpp.llama_model_load_from_file(os.fsencode(path), params)
        if not self._model:
            raise ProofreadError(f"llama.cpp can't load {path}: damaged, or too new a format.")
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)
        settings = llama_cpp.llama_context_default_params()
        settings.n_ctx = min(context, llama_cpp.llama_model_n_ctx_train(self._model))
        settings.n_batch = settings.n_ubatch = 512
        settings.n_outputs_max_per_seq = 0  # 0: as many as the batch
        settings.n_threads = settings.n_threads_batch = usable_cpus()
        self._context = llama_cpp.llama_init_from_model(self._model, settings)
        if not self._context:
            raise ProofreadError(
                f"Not enough memory for {path.name} with {context} tokens of context."
            )
        if adapter is not None:
            self._attach(adapter)
        self._decoder = drafting.Decoder(self._context, llama_cpp.llama_vocab_n_tokens(self._vocab))
        count = llama_cpp.llama_vocab_n_tokens(self._vocab)
        self._ends = frozenset(
            token for token in range(count) if llama_cpp.llama_vocab_is_eog(self._vocab, token)
        )

    def _attach(self, adapter: Path) -> None:
        lora = self._llama.llama_adapter_lora_init(self._model, os.fsencode(adapter))
        if not lora:
            raise ProofreadError(f"{adapter} does not fit {self.path.name}: wrong base or no LoRA.")
        self._llama.llama_set_adapters_lora(
            self._context,
            (self._llama.llama_adapter_lora_p_ctypes * 1)(lora),
            1,
            (ctypes.c_float * 1)(1.0),
        )

    @property
    def read_tokens(self) -> int:
        return self._decoder.read_tokens

    @property
    def n_ctx(self) -> int:
        return self._decoder.n_ctx

    def metadata(self, key: str) -> str | None:
        """A value of the GGUF's metadata as text, None where it has no such key."""
        size = 1 << 16
        buffer = ctypes.create_string_buffer(size)
        length = self._llama.llama_model_meta_val_str(self._model, key.encode(), buffer, size)
        return buffer.value.decode("utf-8") if length >= 0 else None

    @property
    def quantisation(self) -> str | None:
        """The file's main quantisation by llama.cpp's name, such as "Q8_0"."""
        kinds = {"0": "F32", "1": "F16", "2": "Q4_0", "3": "Q4_1", "7": "Q8_0", "12": "Q3_K_M"}
        kinds |= {"14": "Q4_K_S", "15": "Q4_K_M", "16": "Q5_K_S", "17": "Q5_K_M", "18": "Q6_K"}
        return kinds.get(self.metadata("general.file_type") or "", None)

    def tokenize(self, text: str, special: bool = False) -> list[int]:
        """Token ids of `text`; control tokens written in it count as such only with `special`."""
        data = text.encode("utf-8", "replace")
        size = len(data) + 8
        ids = (self._llama.llama_token * size)()
        count = self._llama.llama_tokenize(self._vocab, data, len(data), ids, size, False, special)
        return list(ids[:count])

    def _piece(self, token: int) -> bytes:
        buffer = ctypes.create_string_buffer(256)
        count = self._llama.llama_token_to_piece(self._vocab, token, buffer, 256, 0, False)
        return buffer.raw[: max(count, 0)]

    def _chat_template(self, given: str | None) -> list[str]:
        """The rendered chat template cut at its slots: texts between slot marks, and the marks."""
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        template = given or self.metadata("tokenizer.chat_template")
        if template is None:
            raise ProofreadError(
                f"{self.path.name} has no chat template in its metadata, so it can't be asked "
                "anything. Use an instruction-tuned model, or convert it again with its tokenizer."
            )
        text = self._llama.llama_vocab_get_text
        bos, eos = (
            text(self._vocab, token).decode() if token >= 0 else ""
            for token in (
                self._llama.llama_vocab_bos(self._vocab),
                self._llama.llama_vocab_eos(self._vocab),
            )
        )
        messages = [
            {"role": role, "content": slot}
            for role, slot in zip(("system", "user"), SLOTS, strict=True)
        ]
        rendered = Jinja2ChatFormatter(template, eos, bos)(messages=messages).prompt
        head, rest = rendered.split(SLOTS[0])
        middle, tail = rest.split(SLOTS[1])
        if self._llama.llama_vocab_get_add_bos(self._vocab) and bos and not head.startswith(bos):
            head = bos + head
        return [head, SLOTS[0], middle, SLOTS[1], tail]

    def prompt_tokens(self, prompt: Prompt) -> list[int]:
        """The prompt in the model's chat template. Control tokens in its texts are plain text."""
        values = dict(zip(SLOTS, (prompt.system, prompt.user), strict=True))
        tokens: list[int] = []
        for piece in self._template:
            if piece in values:
                tokens += self.tokenize(values[piece])
            else:
                tokens += self.tokenize(piece, special=True)
        return tokens

    def complete(
        self,
        prompt: Prompt,
        draft: str | None,
        options: Sampling,
        stop: Event,
        unchanged_bias: float = 0.0,
    ) -> Iterator[Piece]:
        """See Engine. Greedy answers are drafted from `draft`; sampled ones never are."""
        with self._lock:
            decoder = codecs.getincrementaldecoder("utf-8")("replace")
            pending = 1.0
            try:
                for choice in self._choices(prompt, draft, options, stop, unchanged_bias):
                    self.tokens += 1
                    pending = min(pending, choice.probability)
                    if text := decoder.decode(self._piece(choice.token)):
                        yield Piece(text, pending)
                        pending = 1.0
            except self._drafting.Stopped:
                return

    def _choices(self, prompt, draft, options, stop, unchanged_bias) -> Iterator:
        logits = self._decoder.start(self.prompt_tokens(prompt), stop)
        if len(self._unchanged) == 1:
            logits[self._unchanged[0]] += unchanged_bias
        source = self.tokenize(draft or "")
        limit = min(options.max_tokens, 2 * len(source) + 32) if draft else options.max_tokens
        if options.temperature == 0 and options.repeat_penalty == 1:
            return self._drafting.drafted(self._decoder, logits, source, self._ends, limit)
        return self._drafting.sampled(self._decoder, logits, options, self._ends, limit)

    def loglikelihood(self, prompt: Prompt, answers: Sequence[str], stop: Event) -> list[float]:
        """log P(answer, end | prompt) in nats for each answer. Raises nothing on stop: -inf."""
        with self._lock:
            try:
                return self._loglikelihood(self.prompt_tokens(prompt), answers, stop)
            except self._drafting.Stopped:
                return [float("-inf")] * len(answers)

    def _loglikelihood(self, tokens, answers, stop) -> list[float]:
        ends = sorted(self._ends)
        first = self._decoder.start(tokens, stop).copy()
        scores = []
        for answer in answers:
            ids = self.tokenize(answer)
            self._decoder.truncate(len(tokens))
            score = self._drafting.log_probabilities(first[None], ids[:1]).sum()
            after = self._decoder.extend(ids, wanted=len(ids))
            score += self._drafting.log_probabilities(after[:-1], ids[1:]).sum()
            score += np.logaddexp.reduce(
                self._drafting.log_probabilities(np.repeat(after[-1:], len(ends), 0), ends)
            )
            scores.append(float(score))
        return scores

    def close(self) -> None:
        """Free the model's memory. The engine can't be used afterwards."""
        with self._lock:
            self._decoder.close()
            self._llama.llama_free(self._context)
            self._llama.llama_model_free(self._model)
