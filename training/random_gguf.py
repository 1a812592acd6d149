"""A GGUF file with random weights in the shape of Llama-3.2-1B, to time a model of that size.

    python -m training.random_gguf /tmp/random-1b.gguf       # 1.3 GB, about 10 seconds

How long a model takes depends on its shape and its kinds of numbers, not on their values, so this
needs no download. It writes nonsense. Tokenizer and chat template are the embedded base's; its
vocabulary is filled up with tokens that no text has, because the output layer is a fifth of the
weights that each token reads.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from proofreader.errors import ProofreadError
from proofreader.models import locate, resolve

BLOCK = 32  # numbers of a Q8_0 block: a float16 scale, then an int8 each
SCALE = 2.7e-4  # of a block; weights spread by 0.02, as untrained ones do
UNUSED = 5  # llama.cpp's kind of token


@dataclass(frozen=True)
class Shape:
    """A model of the Llama architecture, by default Llama-3.2-1B's."""

    layers: int = 16
    width: int = 2048
    inner: int = 8192
    heads: int = 32
    heads_kv: int = 8
    vocabulary: int = 128_256
    context: int = 8192
    rope_base: float = 500_000.0

    def tensors(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Name and shape (rows, columns) of every tensor; the output layer is the embedding."""
        kv = self.width // self.heads * self.heads_kv
        yield "token_embd.weight", (self.vocabulary, self.width)
        yield "output_norm.weight", (self.width,)
        for layer in range(self.layers):
            for name, shape in (
                ("attn_norm", (self.width,)),
                ("attn_q", (self.width, self.width)),
                ("attn_k", (kv, self.width)),
                ("attn_v", (kv, self.width)),
                ("attn_output", (self.width, self.width)),
                ("ffn_norm", (self.width,)),
                ("ffn_gate", (self.inner, self.width)),
                ("ffn_up", (self.inner, self.width)),
                ("ffn_down", (self.width, self.inner)),
            ):
                yield f"blk.{layer}.{name}.weight", shape


def write(path: Path, shape: Shape | None = None, seed: int = 0) -> Path:
    """Write the file; needs little memory. ProofreadError when `shape` has too few tokens for the
    tokenizer, or the disk too little room."""
    import gguf
    import numpy as np

    shape = shape or Shape()
    writer = gguf.GGUFWriter(path, arch="llama")
    writer.add_name("random weights")
    _add_shape(writer, shape)
    _add_tokenizer(writer, shape.vocabulary)
    sizes, total = dict(shape.tensors()), 0
    for name, size in sizes.items():
        kind = gguf.GGMLQuantizationType.F32 if len(size) == 1 else gguf.GGMLQuantizationType.Q8_0
        count = int(np.prod(size))
        length = 4 * count if len(size) == 1 else count // BLOCK * (BLOCK + 2)
        # the shape of a quantised tensor is asked for in bytes
        stored = size if len(size) == 1 else (*size[:-1], size[-1] // BLOCK * (BLOCK + 2))
        dtype = np.dtype(np.float32 if len(size) == 1 else np.uint8)
        writer.add_tensor_info(name, stored, dtype, length, raw_dtype=kind)
        total += length
    if (free := shutil.disk_usage(path.parent).free) < total:
        raise ProofreadError(
            f"{path.parent} has {free / 1e9:.1f} GB free and {total / 1e9:.1f} GB are needed. "
            "Make room, or set TMPDIR to a folder on another disk."
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    random = np.random.default_rng(seed)
    for size in sizes.values():
        writer.write_tensor_data(_values(size, random))
    writer.close()
    return path


def _values(size: tuple[int, ...], random):
    """Ones for a norm, else the bytes of Q8_0 blocks, uint8 [rows, bytes of a row]."""
    import numpy as np

    if len(size) == 1:
        return np.ones(size, np.float32)
    rows, blocks = size[0], size[1] // BLOCK
    values = random.integers(0, 256, (rows, blocks, BLOCK + 2), dtype=np.uint8)
    values[:, :, :2] = np.frombuffer(np.float16(SCALE).tobytes(), np.uint8)
    return values.reshape(rows, -1)


def _add_shape(writer, shape: Shape) -> None:
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads_kv)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_file_type(7)  # Q8_0
    writer.add_quantization_version(2)


@cache
def _tokenizer() -> dict[str, tuple]:
    """The embedded base's: (value, kind, kind of a list's members) by key."""
    import gguf

    fields = gguf.GGUFReader(locate(resolve("embedded"))).fields
    return {
        key: (field.contents(), field.types[0], field.types[-1] if field.types[1:] else None)
        for key, field in fields.items()
        if key.startswith("tokenizer.")
    }


def _add_tokenizer(writer, vocabulary: int) -> None:
    known = len(_tokenizer()["tokenizer.ggml.tokens"][0])
    missing = vocabulary - known
    if missing < 0:
        raise ProofreadError(f"The tokenizer has {known} tokens, {vocabulary} asked.")
    more = {
        "tokenizer.ggml.tokens": [f"[unused {number}]" for number in range(missing)],
        "tokenizer.ggml.token_type": [UNUSED] * missing,
    }
    for key, (value, kind, inner) in _tokenizer().items():
        value = [*value, *more[key]] if key in more else value
        writer.add_key_value(key, value, kind, sub_type=inner)


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    try:
        path = write(parser.parse_args().path)
    except (ProofreadError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(path, f"{path.stat().st_size / 1e9:.2f} GB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
