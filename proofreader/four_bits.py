"""llama.cpp's format IQ4_NL: blocks of 32 weights, each one of 16 levels times the block's scale.

llama.cpp reads it faster than Q8_0, in small batches above all (python -m training.formats). gguf
can't write it, and training rounds exactly as the file does.
"""

import numpy as np

BLOCK = 32
PART = 8192  # blocks worked on at once: they stay in the CPU's cache
TINY = 1e-6  # a block of nothing larger has a scale that float16 takes for zero
# the levels of GGML_TYPE_IQ4_NL (kvalues_iq4nl in ggml-common.h)
LEVELS = np.array(
    [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113], np.float32
)
# the level nearest to each half unit from -128 on; halfway between two, as it falls
_HALVES = (np.arange(512) - 256 + 0.25) / 2
NEAREST = LEVELS[np.abs(_HALVES[:, None] - LEVELS).argmin(1)]


def quantise(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float32 levels [n, 32] and scales float16 [n, 1] of float32 weights, 32 n of them.

    The largest weight of a block is laid on the lowest level or on the highest, whichever serves
    the block better; then the scale is the best one, by least squares, for the levels found.
    """
    blocks = np.ascontiguousarray(weights, np.float32).reshape(-1, BLOCK)
    levels = np.empty_like(blocks)
    scales = np.empty((len(blocks), 1), np.float16)
    for begin in range(0, len(blocks), PART):
        part = slice(begin, begin + PART)
        levels[part], scales[part] = _quantise(blocks[part])
    return levels, scales


def _quantise(blocks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    across = np.ascontiguousarray(blocks.T)  # numpy is quicker along the longer side
    high, low = across.max(0), across.min(0)
    largest = np.where(high > -low, high, low)[:, None]
    levels, overlap, size = _fit(blocks, largest, LEVELS[0])
    others, other_overlap, other_size = _fit(blocks, largest, LEVELS[-1])
    # the squared error is the block's own square minus overlap^2 / size
    better = other_overlap**2 * size > overlap**2 * other_size
    np.copyto(levels, others, where=better)
    scales = np.where(better, other_overlap / other_size, overlap / size)
    return levels, scales


def _fit(blocks, largest, level) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The nearest levels with `largest` on `level`; their products with the blocks and with
    themselves, [n, 1]."""
    halves = np.divide(2 * level, largest, out=np.zeros_like(largest), where=np.abs(largest) > TINY)
    places = (blocks * halves + np.float32(256)).astype(np.intp)
    levels = NEAREST.take(places, mode="clip")
    overlap = np.einsum("ij,ij->i", blocks, levels)[:, None]
    return levels, overlap, np.einsum("ij,ij->i", levels, levels)[:, None]


def rounded(weights: np.ndarray) -> np.ndarray:
    """What `pack` makes of float32 weights, of the same shape; rows must be whole blocks."""
    levels, scales = quantise(weights)
    levels *= scales
    return levels.reshape(weights.shape)


def pack(weights: np.ndarray) -> np.ndarray:
    """The bytes of a matrix [rows, columns] in llama.cpp's layout, uint8 [rows, columns / 32 * 18].

    A block is its scale, two bytes, and sixteen bytes of two level numbers each: n and n + 16.
    """
    levels, scales = quantise(weights)
    numbers = np.searchsorted(LEVELS, levels).astype(np.uint8)
    pairs = numbers[:, : BLOCK // 2] | numbers[:, BLOCK // 2 :] << 4
    return np.hstack([scales.view(np.uint8), pairs]).reshape(len(weights), -1)
