"""Merge a LoRA adapter into a GGUF model once and keep the result, requantised, in the cache.

A merged file runs faster than an adapter applied at run time and keeps its memory mapping. The
file's name carries the hash of everything it was made from; writing is atomic, and a lock keeps
two processes from making it twice.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from proofreader.errors import ProofreadError
from proofreader.four_bits import pack

FORMAT = 1  # raise it when merging changes, so that old files are made anew


def cache_folder() -> Path:
    """Where made files are kept: $EMAIL_PROOFREADER_CACHE, else the user's cache folder."""
    if folder := os.environ.get("EMAIL_PROOFREADER_CACHE"):
        return Path(folder)
    from platformdirs import user_cache_path

    return user_cache_path("email-proofreader", appauthor=False)


def sha256(path: Path) -> str:
    """Hex digest of a file's bytes; about 0.1 s for 100 MB."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def merged(
    base: Path,
    adapter: Path | None,
    quantisation: str,
    progress: Callable[[float], None] | None = None,
) -> Path:
    """`base` plus `adapter` (or alone) in `quantisation` (a key of FILE_TYPES), made once.

    Raises ProofreadError for another quantisation, or when the adapter does not fit the base or
    the disk is full.
    """
    from filelock import FileLock

    if quantisation not in FILE_TYPES:
        raise ProofreadError(
            f"A model can't be merged as {quantisation!r}. Pick one of: {', '.join(FILE_TYPES)}."
        )
    parts = [f"format {FORMAT}", quantisation, sha256(base), sha256(adapter) if adapter else ""]
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    folder = cache_folder()
    target = folder / f"{base.stem.split('.')[0]}-{key}.{quantisation}.gguf"
    if target.is_file():
        return target
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_suffix(".lock")):
            if not target.is_file():
                _write(base, adapter, quantisation, target, progress)
    except OSError as error:
        raise ProofreadError(
            f"Can't write the merged model to {folder}: {error}. "
            "Free some space, or set EMAIL_PROOFREADER_CACHE to another folder."
        ) from error
    return target


def _write(base, adapter, quantisation, target, progress) -> None:
    """Write beside the target, sync, then rename: a kill at any moment leaves no broken target."""
    for stale in target.parent.glob(f"{target.name}.*.part"):
        stale.unlink()  # the lock is ours, so nobody is writing it
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        _merge(base, adapter, quantisation, part, progress)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _merge(base, adapter, quantisation, part, progress) -> None:
    import gguf

    source = gguf.GGUFReader(base)
    deltas = Deltas(adapter)
    writer = gguf.GGUFWriter(part, arch=_text(source, "general.architecture"))
    _copy_metadata(source, writer, quantisation)
    for index, tensor in enumerate(source.tensors):
        values = gguf.dequantize(tensor.data, tensor.tensor_type)
        if (delta := deltas.of(tensor.name, values.shape)) is not None:
            values = values + delta
        if values.ndim == 1:
            writer.add_tensor(tensor.name, values)
        else:
            data, kind = _quantised(values, quantisation, tensor.name)
            writer.add_tensor(tensor.name, data, raw_dtype=kind)
        if progress is not None:
            progress((index + 1) / len(source.tensors))
    if deltas.unused():
        raise ProofreadError(
            f"{adapter} does not belong to {base.name}: it changes {deltas.unused()[0]}, "
            "which the model does not have."
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _quantised(values, quantisation: str, name: str):
    """A matrix as bytes in the file's format, and llama.cpp's type of it."""
    import gguf

    kinds = gguf.GGMLQuantizationType
    if quantisation == "iq4_nl" and name.startswith("blk."):
        return pack(values), kinds.IQ4_NL
    # with iq4_nl the embedding and the output layer take 8 bits: errors in them cost most
    kind = {"q4_0": kinds.Q4_0, "f16": kinds.F16}.get(quantisation, kinds.Q8_0)
    return gguf.quantize(values, kind), kind


def _text(reader, key: str) -> str:
    return reader.fields[key].contents()


FILE_TYPES = {"f16": 1, "q4_0": 2, "q8_0": 7, "iq4_nl": 25}  # llama_ftype of llama.cpp


def _copy_metadata(source, writer, quantisation: str) -> None:
    skipped = {"general.architecture", "general.file_type", "general.quantization_version"}
    for key, field in source.fields.items():
        if key.startswith("GGUF.") or key in skipped:
            continue
        kind = field.types[0]
        inner = field.types[-1] if len(field.types) > 1 else None
        writer.add_key_value(key, field.contents(), kind, sub_type=inner)
    writer.add_file_type(FILE_TYPES[quantisation])
    writer.add_quantization_version(2)


class Deltas:
    """The weight changes of a LoRA GGUF: (alpha / r) * B @ A for each tensor it names."""

    def __init__(self, adapter: Path | None) -> None:
        self._pairs: dict[str, dict] = {}
        self._used: set[str] = set()
        self._alpha = 0.0
        if adapter is not None:
            self._read(adapter)

    def _read(self, adapter: Path) -> None:
        import gguf

        reader = gguf.GGUFReader(adapter)
        if "adapter.lora.alpha" not in reader.fields:
            raise ProofreadError(f"{adapter} is not a LoRA adapter. Use convert/to_gguf.py.")
        self._alpha = float(_text(reader, "adapter.lora.alpha"))
        for tensor in reader.tensors:
            name, _, side = tensor.name.rpartition(".")
            values = gguf.dequantize(tensor.data, tensor.tensor_type)
            self._pairs.setdefault(name, {})[side] = values

    def of(self, name: str, shape: tuple[int, ...]):
        """float32 array of `shape`, None where the adapter leaves the tensor alone."""
        pair = self._pairs.get(name)
        if pair is None:
            return None
        down, up = pair["lora_a"], pair["lora_b"]
        if (up.shape[0], down.shape[1]) != tuple(shape):
            raise ProofreadError(
                f"The adapter changes {name} as {up.shape[0]}x{down.shape[1]}, "
                f"but the model has {shape[0]}x{shape[1]}: it was made for another base."
            )
        self._used.add(name)
        return (self._alpha / len(down)) * (up @ down)

    def unused(self) -> list[str]:
        """Names that no tensor of the base answered to."""
        return sorted(self._pairs.keys() - self._used)
