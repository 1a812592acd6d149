"""The quantisations there are, where their files go, and llama.cpp's quantiser.

names("q4_k_m,q8_0"); outputs(Path("models"), "mail", names); quantise(f16, to, "q8_0")
"""

import ctypes
import difflib
import os
from collections import Counter
from pathlib import Path

from convert.sources import ConversionError

# name: bits a weight, rounded up. What needs an importance matrix (iq1, iq2, ...) is not here.
BITS = {
    "f32": 32.0, "bf16": 16.0, "f16": 16.0, "q8_0": 8.5, "q6_k": 6.6, "q5_k_m": 5.7, "q5_k_s": 5.6,
    "q5_1": 6.0, "q5_0": 5.5, "q4_k_m": 4.9, "q4_k_s": 4.6, "q4_1": 5.0, "q4_0": 4.6, "iq4_nl": 4.6,
    "iq4_xs": 4.4, "q3_k_l": 4.3, "q3_k_m": 4.0, "q3_k_s": 3.5, "q2_k": 3.2,
}  # fmt: skip
UNQUANTISED = ("f32", "bf16", "f16")  # written by the converter itself


def names(text: str) -> list[str]:
    """The quantisations of a list such as "q4_k_m,q8_0", each once, in its order."""
    asked = list(dict.fromkeys(text.lower().replace(",", " ").split()))
    for name in asked:
        if name not in BITS:
            near = difflib.get_close_matches(name, BITS, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise ConversionError(
                f"--quant: there is no {name!r}.{hint} There are: {', '.join(BITS)}."
            )
    if not asked:
        raise ConversionError(f"--quant names nothing. There are: {', '.join(BITS)}.")
    return asked


def outputs(out: Path, stem: str, quants: list[str]) -> dict[str, Path]:
    """The file of each quantisation.

    `out` is a file's name that ends in .gguf; with several quantisations, one with {quant} in it.
    Any other `out` is a folder, whose files are called STEM-QUANT.gguf.
    """
    if out.suffix != ".gguf" or out.is_dir():
        return {quant: out / f"{stem}-{quant}.gguf" for quant in quants}
    if "{quant}" in out.name:
        return {quant: out.with_name(out.name.replace("{quant}", quant)) for quant in quants}
    if len(quants) > 1:
        raise ConversionError(
            f"--out {out} is one file for {len(quants)} quantisations. Give a folder, or a name "
            f"with {{quant}} in it: {out.with_name(out.stem + '-{quant}.gguf')}"
        )
    return {quants[0]: out}


def quantise(source: Path, target: Path, quant: str) -> None:
    """Write `source` (a 16 or 32 bit GGUF) to `target` as `quant`; about 10 s for 1e9 weights."""
    import llama_cpp

    settings = llama_cpp.llama_model_quantize_default_params()
    settings.ftype = getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{quant.upper()}")
    settings.nthread = os.cpu_count() or 1
    status = llama_cpp.llama_model_quantize(
        os.fsencode(source), os.fsencode(target), ctypes.byref(settings)
    )
    if status or not target.is_file():
        raise ConversionError(f"llama.cpp could not quantise to {quant} (status {status})")


def kinds(path: Path) -> dict[str, int]:
    """How many tensors of a GGUF have which type.

    Where a matrix's width is no multiple of 256, llama.cpp puts q5_0, q8_0 or others for q4_k.
    """
    from gguf import GGUFReader

    return dict(Counter(tensor.tensor_type.name for tensor in GGUFReader(path).tensors))
