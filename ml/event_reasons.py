"""Why a row scores as it does, in words: which group of features (driver) moves its probability.

The weight of a driver is how far the log-odds fall when its features are set to what is typical of
such customers. It tells what the model goes by, which is no proof of a cause.
"""

import numpy as np
import pandas as pd
from scipy.special import expit

from ml.event_model import EventModel, customer_kind, inputs, log_odds, prepared

REASONS = 3
SMALLEST = 0.05  # log-odds: less moves a probability by a twentieth of itself, which is no reason


class DriverError(ValueError):
    """A row of the seed event_driver can't be used: says which and why."""


def check(drivers: pd.DataFrame) -> None:
    """Raise ``DriverError`` for rows of the seed that can't be used (columns of
    seeds/event_driver.csv, one model's rows)."""
    for row in drivers.to_dict("records"):
        where = f"seeds/event_driver.csv, {row['model_name']}.{row['column_name']}"
        if row["format"] not in FORMATS:
            raise DriverError(
                f"{where}: format {row['format']!r} is not one of {', '.join(FORMATS)}"
            )
        if not (row["label_en"] and row["label_zh"]):
            raise DriverError(f"{where}: a reason needs its words in both languages")


def shifts(model: EventModel, table: pd.DataFrame, drivers: pd.DataFrame) -> pd.DataFrame:
    """Log-odds that each driver adds to each row against what is typical (rows × drivers)."""
    features = inputs(model, table)
    usual = _typical_rows(model, table)
    now = log_odds(model, features)
    found = {}
    for driver, group in drivers.groupby("driver", sort=False):
        names = [name for name in group["column_name"] if name in model.features]
        if names:
            changed = features.copy()
            changed[names] = usual[names]
            found[driver] = now - log_odds(model, changed)
    return pd.DataFrame(found, index=table.index)


def reasons(model: EventModel, table: pd.DataFrame, drivers: pd.DataFrame) -> pd.DataFrame:
    """Columns reason_n_driver, reason_n_en, reason_n_zh (n to 3) and change_driver, change_en,
    change_zh, change_probability, one row a row of ``table``.

    Reasons raise the probability, strongest first; null where fewer do. The change is the driver
    that people can influence (``is_changeable``) whose move to typical lowers it most; null if
    none lowers it. Raises ``DriverError``.
    """
    check(drivers)
    moved = shifts(model, table, drivers)
    now = log_odds(model, inputs(model, table))
    usual = _typical_rows(model, table)
    names = list(moved.columns)
    order = np.argsort(-moved.to_numpy(), axis=1, kind="stable")
    by_driver = {d: g.to_dict("records") for d, g in drivers.groupby("driver", sort=False)}
    open_to = {
        d for d, g in by_driver.items() if any(str(r["is_changeable"]).lower() == "true" for r in g)
    }
    weights, rows = moved.to_numpy(), []
    values, typical = table.to_dict("records"), usual.to_dict("records")
    for place in range(len(table)):
        row: dict = {}
        strong = [c for c in order[place] if weights[place, c] >= SMALLEST]
        told = 0
        for column in strong:
            words = _words(by_driver[names[column]], values[place], typical[place])
            if words is None or told == REASONS:
                continue
            told += 1
            row |= {
                f"reason_{told}_driver": names[column],
                f"reason_{told}_en": words[0],
                f"reason_{told}_zh": words[1],
            }
        for column in strong:
            words = _words(by_driver[names[column]], values[place], typical[place])
            if names[column] in open_to and words is not None:
                before, after = expit(now[place]), float(expit(now[place] - weights[place, column]))
                row |= {
                    "change_driver": names[column],
                    "change_probability": after,
                    "change_en": f"at the typical level {after:.1%}, not {before:.1%}: {words[0]}",
                    "change_zh": f"若处于一般水平，概率由{before:.1%}变为{after:.1%}：{words[1]}",
                }
                break
        rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS, index=table.index)


COLUMNS = [
    *(f"reason_{n}_{part}" for n in range(1, REASONS + 1) for part in ("driver", "en", "zh")),
    "change_driver", "change_probability", "change_en", "change_zh",
]  # fmt: skip


def _typical_rows(model: EventModel, table: pd.DataFrame) -> pd.DataFrame:
    """What is typical of each row's kind of customer (rows × features)."""
    kinds = customer_kind(table)
    return pd.DataFrame(
        {
            name: pd.Series(
                [model.typical[kind][name] for kind in ("home", "firm")], index=["home", "firm"],
                dtype=object,
            ).reindex(kinds).to_numpy()
            for name in model.features
        },
        index=table.index,
    ).pipe(prepared, model.features, model.levels)  # fmt: skip


def _words(group: list[dict], row: dict, usual: dict) -> tuple[str, str] | None:
    """The driver's first feature whose value is not the typical one, with both values."""
    for rule in group:
        name = rule["column_name"]
        if name not in usual:
            continue
        value, typical = row[name], usual[name]
        if pd.isna(value):
            continue
        told, common = (FORMATS[rule["format"]](v) for v in (value, typical))
        if told == common:
            continue
        usually_en, usually_zh = ("", "") if common is None else (
            f" (typical {common})", f"（一般为{common}）",
        )  # fmt: skip
        return f"{rule['label_en']}: {told}{usually_en}", f"{rule['label_zh']}：{told}{usually_zh}"
    return None


def _number(pattern: str):
    return lambda value: None if value is None or pd.isna(value) else format(float(value), pattern)


def _level(value) -> str | None:
    return None if value is None or pd.isna(value) else str(value)


def _yes(value) -> str | None:
    return None if value is None or pd.isna(value) else ("✓" if float(value) else "✗")


# How a value is written; typical values come as doubles.
FORMATS = {
    "count": _number(",.0f"),
    "number": _number(",.1f"),
    "ratio": _number("+.0%"),
    "share": _number(".0%"),
    "level": _level,
    "flag": _yes,
}
