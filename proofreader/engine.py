"""Where rewritten text comes from: a GGUF file in llama.cpp (remote.py has the other engine).

    engine = LlamaEngine(Path("model.gguf"))
    ask = Ask(render("proofread", ...), "I has a car.", Sampling())
    "".join(engine.complete(ask, Event()))

Several threads may ask at once: what they want is read in shared batches, see rounds.py.
"""

import codecs
import ctypes
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import Any

from classifiers.tone import usable_cpus
from prompts import UNCHANGED, Prompt
from proofreader.asking import Ask, Job, Judge, Piece
from proofreader.chat_template import SLOTS, cut
from proofreader.errors import ProofreadError
from proofreader.resources import check_model_file, keep_memory_low

SPIN = "1000"  # rounds a thread waits awake; measured, see results/LOG.md


_log_callback = None


def _start_backend(llama_cpp) -> None:
    """Once for a process, without llama.cpp's log: errors reach the user as ProofreadError."""
    global _log_callback
    if _log_callback is None:
        # kept in the module: llama.cpp holds only the address
        _log_callback = llama_cpp.llama_log_callback(lambda level, text, data: None)
        llama_cpp.llama_log_set(_log_callback, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()


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
        check_model_file(path)
        keep_memory_low()
        self.name, self.path, self.adapter = path.name, path, adapter
        self.tokens = 0
        self._load(path, context, adapter, progress)
        self._template = self._chat_template(chat_template)
        self._unchanged = self.tokenize(UNCHANGED)

    def _load(self, path, context, adapter, progress) -> None:
        # A busy machine: spinning at every barrier for a thread that isn't running costs seconds
        os.environ.setdefault("GOMP_SPINCOUNT", SPIN)
        import llama_cpp

        from proofreader import decoder, drafting, rounds

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
        limit = min(context, llama_cpp.llama_model_n_ctx_train(self._model))
        settings.n_ctx = limit + decoder.EXTRA
        settings.n_seq_max, settings.kv_unified = decoder.SEQUENCES, True
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
        count = llama_cpp.llama_vocab_n_tokens(self._vocab)
        self._decoder = decoder.Decoder(self._context, count, limit)
        self._pool = rounds.Pool(self._decoder)
        self._n_vocab = count
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
        kinds |= {"25": "IQ4_NL"}
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
        needs_bos = self._llama.llama_vocab_get_add_bos(self._vocab)
        return cut(template, bos, eos, needs_bos)

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

    def complete(self, ask: Ask, stop: Event) -> Iterator[Piece]:
        """See Engine."""
        written: list[Any] = []
        pieces = self._pieces(written)
        for _ in self._pool.carry_out([self._alone(ask, written)], stop):
            yield from pieces(last=False)
        yield from pieces(last=True)

    def work(self, jobs: Sequence[Job], stop: Event) -> Iterator[list[int]]:
        """See Engine. What the jobs want is read in shared batches."""
        yield from self._pool.carry_out([self._steps(job) for job in jobs], stop)

    def loglikelihood(self, prompt: Prompt, answers: Sequence[str], stop: Event) -> list[float]:
        """log P(answer, end | prompt) in nats for each answer. Raises nothing on stop: -inf."""
        found: list[float] = [float("-inf")] * len(answers)

        def job() -> Job:
            found[:] = yield Judge(prompt, answers)

        for _ in self.work([job()], stop):
            pass
        return found

    def _steps(self, job: Job):
        """Everything that a job wants, as one step of rounds.py."""
        slot, prompt, result = self._decoder.open([]), [], None
        try:
            while (wanted := _next(job, result)) is not None:
                prompt = self.prompt_tokens(wanted.prompt)
                if isinstance(wanted, Judge):
                    answers = [self.tokenize(answer) for answer in wanted.answers]
                    ends = sorted(self._ends)
                    result = yield from self._drafting.likelihoods(
                        self._decoder, slot, prompt, answers, ends
                    )
                else:
                    written: list[Any] = []
                    yield from self._answer(slot, prompt, wanted, written)
                    result = list(self._pieces(written)(last=True))
        finally:
            job.close()
            self._decoder.close_slot(slot, keep=len(prompt))

    def _alone(self, ask: Ask, written: list[Any]):
        slot, prompt = self._decoder.open([]), self.prompt_tokens(ask.prompt)
        try:
            yield from self._answer(slot, prompt, ask, written)
        finally:
            self._decoder.close_slot(slot, keep=len(prompt))

    def _answer(self, slot, prompt: list[int], ask: Ask, written: list[Any]):
        source, options = self.tokenize(ask.draft or ""), ask.options
        limit = min(options.max_tokens, 2 * len(source) + 32) if ask.draft else options.max_tokens
        plain = options.temperature == 0 and options.repeat_penalty == 1
        drafting = self._drafting
        picker = drafting.Greedy() if plain else drafting.Sampler(options, self._n_vocab)
        one_line = ask.draft is not None and "\n" not in ask.draft
        bias = (self._unchanged if len(self._unchanged) == 1 else [], ask.unchanged_bias)

        def is_over(choice) -> bool:
            if choice.token in self._ends:
                return True
            return one_line and bool(written) and b"\n" in self._piece(choice.token)

        # greedy, nothing but the end follows "=": an unchanged sentence costs one batch
        alone = len(self._unchanged) == 1 and ask.draft and source[:1] != self._unchanged
        whole = self._unchanged[0] if plain and alone else None
        try:
            yield from drafting.drafted(
                self._decoder,
                slot,
                prompt,
                source,
                picker,
                bias,
                limit,
                written,
                is_over,
                whole,
            )
        finally:
            self.tokens += len(written)
            picker.close()

    def _pieces(self, written: list[Any]) -> Callable[..., Iterator[Piece]]:
        """A function that gives what of `written` it has not given yet, as text."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        done, pending = 0, 1.0

        def pieces(last: bool) -> Iterator[Piece]:
            nonlocal done, pending
            for choice in written[done:]:
                done += 1
                pending = min(pending, choice.probability)
                if text := decoder.decode(self._piece(choice.token)):
                    yield Piece(text, pending)
                    pending = 1.0
            if last and (text := decoder.decode(b"", final=True)):
                yield Piece(text, pending)

        return pieces

    def close(self) -> None:
        """Free the model's memory. Nothing may be at work; the engine can't be used afterwards."""
        self._llama.llama_free(self._context)
        self._llama.llama_model_free(self._model)


def _next(job: Job, result: Any) -> Ask | Judge | None:
    """What the job wants next, given the result of what it wanted last; None: it has ended."""
    try:
        return job.send(result)
    except StopIteration:
        return None
