"""The format IQ4_NL as written here, read by llama.cpp's own code and by gguf's."""

import ctypes
from pathlib import Path

import gguf
import hypothesis.strategies as st
import llama_cpp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays

from proofreader import four_bits

KIND = gguf.GGMLQuantizationType.IQ4_NL
WEIGHTS = np.random.default_rng(0).standard_normal((300, 576)).astype(np.float32) / 30


def error(values: np.ndarray) -> float:
    return float(((values - WEIGHTS) ** 2).sum() / (WEIGHTS**2).sum())


def test_what_is_packed_reads_back_as_what_training_sees():
    packed = four_bits.pack(WEIGHTS)
    assert packed.shape == (300, 576 // 32 * 18)
    np.testing.assert_array_equal(gguf.dequantize(packed, KIND), four_bits.rounded(WEIGHTS))


def test_the_error_is_that_of_llama_cpps_own_search():
    folder = Path(llama_cpp.__file__).parent / "lib"
    library = ctypes.CDLL(str(next(folder.glob("*ggml-base.*"))))
    library.ggml_quantize_chunk.argtypes = [
        ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, *[ctypes.c_int64] * 3, ctypes.c_void_p
    ]  # fmt: skip
    theirs = np.empty_like(four_bits.pack(WEIGHTS))
    library.ggml_quantize_chunk(
        KIND, WEIGHTS.ctypes.data, theirs.ctypes.data, 0, *WEIGHTS.shape, None
    )
    their_error = error(gguf.dequantize(theirs, KIND))
    assert error(four_bits.rounded(WEIGHTS)) <= 1.02 * their_error < 0.007


@settings(max_examples=60, deadline=None)
@given(arrays(np.float32, (2, 64), elements=st.floats(-1e3, 1e3, width=32)))
def test_any_weights_stay_within_a_step_of_themselves(weights):
    near = four_bits.rounded(weights)
    assert np.isfinite(near).all()
    largest = np.abs(weights.reshape(-1, 32)).max(1, keepdims=True)
    apart = np.abs(near - weights).reshape(-1, 32)
    assert (apart <= largest * 0.25 + 1e-4).all()


def test_levels_of_a_block_come_back_exactly():
    weights = np.tile(four_bits.LEVELS, (1, 2)) * np.float32(0.5)
    np.testing.assert_array_equal(four_bits.rounded(weights), weights)
    np.testing.assert_array_equal(four_bits.rounded(-weights), -weights)


def test_zeros_stay_zeros():
    zeros = np.zeros((1, 32), np.float32)
    np.testing.assert_array_equal(four_bits.rounded(zeros), zeros)
    np.testing.assert_array_equal(gguf.dequantize(four_bits.pack(zeros), KIND), zeros)


def test_rows_that_are_no_whole_blocks_are_refused():
    with pytest.raises(ValueError, match="reshape"):
        four_bits.pack(np.zeros((3, 20), np.float32))
