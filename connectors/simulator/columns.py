"""Arrow columns from NumPy arrays; decimals exactly, from whole numbers of their last digit."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


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


def kva(thousandths: np.ndarray, valid=None) -> pa.Array:
    """Power or voltage in thousandths, as decimal(12,3)."""
    return decimals(np.asarray(thousandths, dtype=np.int64), 12, 3, valid)


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
    moments = day.astype("datetime64[us]") + np.asarray(seconds).astype("timedelta64[s]")
    return pa.array(moments, pa.timestamp("us"), mask=mask)


def moments(origin: np.datetime64, when: np.ndarray, valid=None) -> pa.Array:
    """Days since ``origin`` with a fraction, to the second, as timestamps."""
    seconds = np.rint(np.where(np.isfinite(when), when, 0) * 86_400).astype(np.int64)
    mask = None if valid is None else ~np.asarray(valid, dtype=bool)
    value = origin.astype("datetime64[us]") + seconds.astype("timedelta64[s]")
    return pa.array(value, pa.timestamp("us"), mask=mask)


def pick(words, places: np.ndarray, valid=None) -> pa.Array:
    """``words[place]`` for every place, as text; null where ``valid`` is false."""
    mask = None if valid is None else ~np.asarray(valid, dtype=bool)
    return pa.array(words, pa.string()).take(
        pa.array(np.asarray(places, dtype=np.int64), mask=mask)
    )


def numbered(prefix: str, number: np.ndarray, width: int) -> pa.Array:
    """Keys such as C00000017."""
    return joined(prefix, digits(number, width))


def digits(number: np.ndarray, width: int) -> pa.Array:
    """Whole numbers as text with leading zeros."""
    text = pa.array(np.asarray(number, dtype=np.int64)).cast(pa.string())
    return pc.utf8_lpad(text, width, "0")


def joined(*parts) -> pa.Array:
    """Texts put together, element by element; null if one of them is."""
    return pc.binary_join_element_wise(*parts, "")


def blank(column: pa.Array, where: np.ndarray) -> pa.Array:
    """The column with nulls where asked."""
    if not np.any(where):
        return column
    return pc.if_else(pa.array(np.asarray(where, dtype=bool)), pa.scalar(None, column.type), column)
