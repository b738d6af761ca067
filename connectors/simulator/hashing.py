"""Random numbers by place: the same seed, purpose and place give the same number in any order.

What belongs to a person must be found again from another block, so it can't come from a stream.
"""

import zlib

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def words(seed: int, purpose: str, place: np.ndarray) -> np.ndarray:
    """64 random bits for each place (SplitMix64, Steele et al. 2014)."""
    start = np.uint64((seed * 0xD1342543DE82EF95 + zlib.crc32(purpose.encode())) % 2**64)
    with np.errstate(over="ignore"):
        z = (np.asarray(place).astype(np.uint64) + np.uint64(1)) * _GOLDEN + start * _GOLDEN
        for _ in range(2):
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z = z ^ (z >> np.uint64(31))
    return z


def uniform(seed: int, purpose: str, place: np.ndarray) -> np.ndarray:
    """A number in [0, 1) for each place."""
    return (words(seed, purpose, place) >> np.uint64(11)).astype(float) * 2.0**-53


def choice(seed: int, purpose: str, place: np.ndarray, count: int) -> np.ndarray:
    """A whole number below ``count`` for each place."""
    return (uniform(seed, purpose, place) * count).astype(np.int64)
