"""Model cards: what a model was trained on, what it reached, with which software."""

import json
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version

import pandas as pd

from ml.frames import typed

_LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy", "skops")
COLUMNS = {
    "model_name": "text",
    "trained_from": "date",
    "trained_to": "date",
    "rows": "integer",
    "features": "text",
    "metrics": "text",
    "parameters": "text",
    "library_versions": "text",
    "text_en": "text",
    "text_zh": "text",
}


@dataclass(frozen=True)
class Card:
    """One model's card; ``frame`` is its published form. Dates are None without a month of data."""

    model_name: str
    trained_from: date | None
    trained_to: date | None
    rows: int
    features: list[str]
    metrics: dict
    parameters: dict
    text_en: str
    text_zh: str
    library_versions: dict = field(
        default_factory=lambda: {name: version(name) for name in _LIBRARIES}
    )

    def frame(self) -> pd.DataFrame:
        """One row; lists and dictionaries as JSON text with sorted keys, so bytes repeat."""
        row = {
            name: json.dumps(value, ensure_ascii=False, sort_keys=True)
            if isinstance(value, list | dict)
            else value
            for name, value in vars(self).items()
        }
        return typed(pd.DataFrame([row]), COLUMNS)


def window_start(month: date | None) -> date | None:
    """First of the twelve months that features of ``month`` span."""
    return month and (pd.Timestamp(month) - pd.DateOffset(months=11)).date()
