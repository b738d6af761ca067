"""Arrow columns from NumPy arrays; decimals exactly, from whole numbers of their last digit."""

import numpy as np
import pyarrow as pa


def decimals(units: np.ndarray, precision: int, scale: int, valid=None) -> pa.Array:
    """``units`` whole steps of 10**-scale as decimals; null where ``valid`` is false."""
    words = np.empty((len(units), 2), dtype="<i8")
    words[:, 0] = units
    # The upper half of a 128-bit number is its sign.
    words[:, 1] = words[:, 0] >> 63
    mask = None if valid is None else pa.array(valid, pa.bool_()).buffers()[1]
    return pa.Array.from_buffers(
        pa.decimal128(precision, scale), len(units), [mask, pa.py_buffer(words)]
    )


def kwh(hundredths: np.ndarray, valid=None) -> pa.Array:
    """Energy registered in hundredths of a kWh, as decimal(12,4)."""
    return decimals(np.asarray(hundredths, dtype=np.int64) * 100, 12, 4, valid)


def money(cents: np.ndarray, valid=None) -> pa.Array:
    """Money in cents, as decimal(14,2)."""
    return decimals(np.asarray(cents, dtype=np.int64), 14, 2, valid)


def days(values: np.ndarray, valid=None) -> pa.Array:
    """Days (datetime64) as dates; null where ``valid`` is false."""
    mask = None if valid is None else ~np.asarray(valid, dtype=bool)
    return pa.array(values.astype("datetime64[D]"), pa.date32(), mask=mask)


def times(day: np.ndarray, seconds: np.ndarray, valid=None) -> pa.Array:
    """Days and seconds of the day as timestamps."""
    mask = None if valid is None else ~np.asarray(valid, dtype=bool)
    moments = day.astype("datetime64[us]") + seconds.astype("timedelta64[s]")
    return pa.array(moments, pa.timestamp("us"), mask=mask)


def pick(words: list[str | None], places: np.ndarray) -> pa.Array:
    """``words[place]`` for every place, as text."""
    return pa.array(words, pa.string()).take(pa.array(places))
