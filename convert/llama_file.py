"""One GGUF file in llama.cpp, as the proof needs it: tokens, the logits of every position, text.

with LlamaFile(path) as file:
    file.logits(file.tokenize("Hello"))
"""

import ctypes
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np

from convert.sources import ConversionError

CONTEXT = 256  # tokens, all in one batch
_quiet = None


class LlamaFile:
    """Loaded with float32 keys and values and plain attention, so that only weights are rounded."""

    def __init__(self, path: Path) -> None:
        global _quiet
        import llama_cpp

        self.llama = llama_cpp
        if _quiet is None:  # kept in the module: llama.cpp holds only the address
            _quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
            llama_cpp.llama_log_set(_quiet, ctypes.c_void_p(0))
            llama_cpp.llama_backend_init()
        params = llama_cpp.llama_model_default_params()
        # Some virtual machines advertise AMX and fault on its first instruction.
        params.use_extra_bufts = b"AMX_INT8 = 1" not in llama_cpp.llama_print_system_info()
        self._model = llama_cpp.llama_model_load_from_file(os.fsencode(path), params)
        if not self._model:
            raise ConversionError(f"llama.cpp can't load {path.name}, which was just made")
        settings = llama_cpp.llama_context_default_params()
        settings.n_ctx = settings.n_batch = settings.n_ubatch = CONTEXT
        settings.n_outputs_max_per_seq = 0  # 0: as many as the batch
        settings.type_k = settings.type_v = llama_cpp.GGML_TYPE_F32
        settings.flash_attn_type = 0
        settings.n_threads = settings.n_threads_batch = os.cpu_count() or 1
        self._context = llama_cpp.llama_init_from_model(self._model, settings)
        if not self._context:
            llama_cpp.llama_model_free(self._model)
            raise ConversionError(f"Not enough memory to run {path.name}")
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)
        self._width = llama_cpp.llama_vocab_n_tokens(self._vocab)
        self._batch = llama_cpp.llama_batch_init(CONTEXT, 0, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self.llama.llama_batch_free(self._batch)
        self.llama.llama_free(self._context)
        self.llama.llama_model_free(self._model)

    def tokenize(self, text: str) -> list[int]:
        """Token ids without a start token; control tokens written in the text count as such."""
        data = text.encode()
        size = len(data) + 8
        ids = (self.llama.llama_token * size)()
        count = self.llama.llama_tokenize(self._vocab, data, len(data), ids, size, False, True)
        return list(ids[:count])

    def logits(self, ids: Sequence[int], start: int = 0) -> np.ndarray:
        """Read `ids` at position `start`, forgetting what came after; float32 [ids, vocabulary]."""
        llama = self.llama
        llama.llama_memory_seq_rm(llama.llama_get_memory(self._context), 0, start, -1)
        batch = self._batch
        batch.n_tokens = len(ids)
        for index, token in enumerate(ids):
            batch.token[index], batch.pos[index] = token, start + index
            batch.n_seq_id[index], batch.seq_id[index][0] = 1, 0
            batch.logits[index] = True
        if status := llama.llama_decode(self._context, batch):
            raise ConversionError(f"llama.cpp could not read a sentence (status {status})")
        pointer = llama.llama_get_logits(self._context)
        flat = np.ctypeslib.as_array(pointer, shape=(len(ids) * self._width,))
        return flat.reshape(len(ids), -1).copy()

    def generate(self, prompt: Sequence[int], count: int) -> str:
        """Up to `count` greedy tokens after `prompt`, as text."""
        out: list[bytes] = []
        scores, at = self.logits(prompt), len(prompt)
        while len(out) < count and at < CONTEXT:
            token = int(scores[-1].argmax())
            if self.llama.llama_vocab_is_eog(self._vocab, token):
                break
            out.append(self._piece(token))
            scores, at = self.logits([token], at), at + 1
        return b"".join(out).decode("utf-8", "replace")

    def _piece(self, token: int) -> bytes:
        buffer = ctypes.create_string_buffer(256)
        count = self.llama.llama_token_to_piece(self._vocab, token, buffer, 256, 0, False)
        return buffer.raw[: max(count, 0)]

    def chat_template(self) -> str | None:
        """The Jinja text in the file's metadata."""
        text = self.llama.llama_model_chat_template(self._model, None)
        return text.decode() if text else None
