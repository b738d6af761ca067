"""Column types of the frames that ml returns.

A column of only nulls, or a table without rows, has no type of its own, and a Parquet file of it
would not match those of other months. So every returned frame states its types.
"""

import pandas as pd
import pyarrow as pa

# Arrow's date, because pandas has none: datetime64 would become a timestamp in Parquet.
TYPES = {
    "text": "str",
    "integer": "Int32",
    "double": "float64",
    "date": pd.ArrowDtype(pa.date32()),
    "flag": "boolean",
}


def typed(table: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """``table`` with exactly ``columns`` (name: text, integer, double, date, flag), in order."""
    return pd.DataFrame(
        {name: pd.Series(table[name], dtype=TYPES[kind]) for name, kind in columns.items()}
    ).reset_index(drop=True)
