"""Have inputs or scores moved? Population stability index (PSI) against a stated false-alarm rate.

The rule of thumb (0.1 watch, 0.25 act) forgets how many rows there are: on 300 rows chance alone
passes 0.1, on 400,000 a real shift stays below it. Without a shift PSI is about
(1/reference rows + 1/current rows) · χ² with bins − 1 degrees of freedom (Yurdakul & Naranjo 2020),
which gives the threshold. What is beyond chance but too small to matter is not flagged either.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2


@dataclass(frozen=True)
class DriftParams:
    """Settings, each with its reason."""

    bins: int = 10  # the usual number; more only add noise
    false_alarm_rate: float = 0.01  # of a whole table without any shift: one month in eight years
    material: float = 0.02  # below it too few rows changed their bin to turn a decision
    rare_share: float = 0.01  # rarer levels are counted as one, or chance would fill the index


def drift(
    reference: pd.DataFrame, current: pd.DataFrame, params: DriftParams | None = None
) -> pd.DataFrame:
    """One row per column of ``reference``, most moved against its threshold first.

    Columns: column, psi, threshold, is_drifted, reference_rows, current_rows, and null_share_before
    and null_share_after. Numbers are binned at the reference's quantiles, other values by level;
    nulls are a bin. The false-alarm rate holds for all columns together (Šidák). Raises
    ``ValueError`` when a column is missing from ``current`` or a table has no rows.
    """
    params = params or DriftParams()
    if missing := [name for name in reference.columns if name not in current.columns]:
        raise ValueError(f"the current rows lack {', '.join(missing)}")
    if reference.empty or current.empty:
        raise ValueError("drift needs rows before and after")
    rate = 1 - (1 - params.false_alarm_rate) ** (1 / max(len(reference.columns), 1))
    rows = []
    for name in reference.columns:
        before, after = _counts(reference[name], current[name], params)
        chance = (1 / before.sum() + 1 / after.sum()) * chi2.ppf(1 - rate, max(len(before) - 1, 1))
        index = psi(before, after)
        threshold = max(float(chance), params.material)
        rows.append(
            {
                "column": name,
                "psi": index,
                "threshold": threshold,
                "is_drifted": index > threshold,
                "reference_rows": len(reference),
                "current_rows": len(current),
                "null_share_before": float(reference[name].isna().mean()),
                "null_share_after": float(current[name].isna().mean()),
            }
        )
    table = pd.DataFrame(rows)
    excess = (table["psi"] / table["threshold"]).sort_values(ascending=False, kind="stable")
    return table.loc[excess.index].reset_index(drop=True)


def psi(before: np.ndarray, after: np.ndarray) -> float:
    """Σ (after − before) · ln(after / before) over shares of bins, from counts (bins).

    Half a row is added to each bin of both, so that an empty one does not make it infinite.
    """
    old = (before + 0.5) / (before.sum() + 0.5 * len(before))
    new = (after + 0.5) / (after.sum() + 0.5 * len(after))
    return float(np.sum((new - old) * np.log(new / old)))


def _counts(
    reference: pd.Series, current: pd.Series, params: DriftParams
) -> tuple[np.ndarray, np.ndarray]:
    """Rows by bin, before and after. A bin that both lack is left out."""
    if pd.api.types.is_numeric_dtype(reference) and not pd.api.types.is_bool_dtype(reference):
        known = reference.dropna().to_numpy(dtype=float)
        edges = np.array([])
        if len(known):
            edges = np.unique(np.quantile(known, np.linspace(0, 1, params.bins + 1)[1:-1]))

        def bins(values: pd.Series) -> np.ndarray:
            found = np.searchsorted(edges, values.to_numpy(dtype=float, na_value=np.nan), "left")
            return np.where(values.isna(), len(edges) + 1, found)

        size = len(edges) + 2
    else:
        share = reference.astype(object).value_counts(normalize=True)
        level = {value: i for i, value in enumerate(share.index[share >= params.rare_share])}

        def bins(values: pd.Series) -> np.ndarray:
            found = values.astype(object).map(level).fillna(len(level))
            return np.where(values.isna(), len(level) + 1, found).astype(int)

        size = len(level) + 2
    before = np.bincount(bins(reference), minlength=size)
    after = np.bincount(bins(current), minlength=size)
    present = (before > 0) | (after > 0)
    return before[present], after[present]
