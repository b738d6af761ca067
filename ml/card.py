"""Model cards: what a model was trained on, what it reached, with which software."""

import json
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version

import pandas as pd

_LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy", "skops")


@dataclass(frozen=True)
class Card:
    """One model's card; ``frame`` is its published form."""

    model_name: str
    trained_from: date
    trained_to: date
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
        return pd.DataFrame(
            [
                {
                    "model_name": self.model_name,
                    "trained_from": self.trained_from,
                    "trained_to": self.trained_to,
                    "rows": self.rows,
                    "features": _json(self.features),
                    "metrics": _json(self.metrics),
                    "parameters": _json(self.parameters),
                    "library_versions": _json(self.library_versions),
                    "text_en": self.text_en,
                    "text_zh": self.text_zh,
                }
            ]
        )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
