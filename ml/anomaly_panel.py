"""Weeks of many accounts as arrays, and what an account would have used: input of anomaly cases.

A week is seven days that end with the newest day read; sums of a week hide no case (none is shorter
than two) and cost a seventh of days.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

# Of the registers; sharp counts as peak, or accounts with and without it could not be compared.
CHANNELS = ("total", "peak", "flat", "valley")
FIRM_VOLTAGE_KV = 0.38
_MIN_DAYS = 3  # of a week, or its mean is of a weekend only
_MIN_GROUP = 25  # accounts, or their median is one of them


@dataclass(frozen=True)
class Calendar:
    """``end``: the newest day; ``weeks``: how many weeks end with it."""

    end: pd.Timestamp
    weeks: int = 78  # half a year of news after a year to hold it against

    def week_of(self, day: pd.Series) -> np.ndarray:
        """Place of each day's week, 0 the oldest; outside 0 … weeks − 1 where it is not in one."""
        back = (self.end - pd.to_datetime(day)).dt.days.to_numpy()
        return self.weeks - 1 - back // 7

    def first_day(self, week: np.ndarray) -> np.ndarray:
        """First day of each week."""
        return self.end.to_datetime64().astype("datetime64[D]") - (self.weeks - week) * 7 + 1


@dataclass
class Panel:
    """n accounts, W weeks. Use in kWh a day."""

    accounts: pd.DataFrame  # n: account_no, group, category, is_three_phase, capacity_kva, district
    kwh: np.ndarray  # n x W x 4, CHANNELS; NaN where too few days are usable
    unread: np.ndarray  # n x W, share of the days of supply that nobody read; NaN without supply
    zero: np.ndarray  # n x W, share of the usable days without any use
    events: np.ndarray  # n x W x len(codes), whether the meter sent one
    changes: np.ndarray  # n x W, whether the branch knows why use changes: a move, an enrolment …
    supplied: np.ndarray  # n x W, of the account's transformer; NaN where unknown
    loss: np.ndarray  # n x W
    codes: list[str] = field(default_factory=list)

    def take(self, rows: np.ndarray) -> "Panel":
        """The accounts at ``rows`` (copies: the patterns of a test change them)."""
        return Panel(
            self.accounts.iloc[rows].reset_index(drop=True),
            *(getattr(self, name)[rows].copy() for name in ARRAYS),
            self.codes,
        )


ARRAYS = ("kwh", "unread", "zero", "events", "changes", "supplied", "loss")


def panel(
    accounts: pd.DataFrame,
    weeks: pd.DataFrame,
    transformer_weeks: pd.DataFrame,
    events: pd.DataFrame,
    changes: pd.DataFrame,
    codes: list[str],
    calendar: Calendar,
) -> Panel:
    """Arrays of ``accounts``, in order of account_no.

    ``accounts``: account_no (unique), category, industry_code, voltage_kv, contract_capacity_kva,
    district_code, transformer_no (all but the first may be null), first_read_on. ``weeks``:
    account_no, week, read_days, usable_days, zero_days, usage_kwh, register_days, peak_kwh,
    flat_kwh, valley_kwh (sums of usable days). ``transformer_weeks``: transformer_no, week,
    supplied_kwh, loss_kwh (a day). ``events``: account_no, event_code, day; ``changes``:
    account_no, day. Raises ``ValueError`` for an account twice.
    """
    if accounts["account_no"].duplicated().any():
        raise ValueError("an account occurs twice")
    accounts = accounts.sort_values("account_no", ignore_index=True)
    n, width = len(accounts), calendar.weeks
    place = pd.Series(np.arange(n), index=accounts["account_no"])
    row, week, weeks = _placed(weeks, weeks["week"].to_numpy(), place, width)

    def spread(values: np.ndarray, empty: float) -> np.ndarray:
        result = np.full((n, width), empty, dtype=np.float32)
        result[row, week] = values
        return result

    usable = weeks["usable_days"].to_numpy(dtype=float)
    registers = weeks["register_days"].to_numpy(dtype=float)
    kwh = np.full((n, width, len(CHANNELS)), np.nan, dtype=np.float32)
    kwh[row, week, 0] = _by(weeks["usage_kwh"], usable)
    for number, name in enumerate(CHANNELS[1:], 1):
        kwh[row, week, number] = _by(weeks[f"{name}_kwh"], registers)
    since = calendar.week_of(accounts["first_read_on"].fillna(calendar.end))
    there = np.arange(width) > since[:, None]
    unread = 1 - spread(weeks["read_days"].to_numpy(dtype=float) / 7, 0)
    grid = accounts["transformer_no"].map(
        pd.Series(range(transformer_weeks["transformer_no"].nunique()),
                  index=np.sort(transformer_weeks["transformer_no"].unique()))
    ).fillna(-1).to_numpy(dtype=int)  # fmt: skip
    supplied, loss = _grid(transformer_weeks, grid, width)
    return Panel(
        _described(accounts),
        kwh,
        np.where(there, np.clip(unread, 0, 1), np.nan).astype(np.float32),
        spread(_by(weeks["zero_days"], usable, 1), np.nan),
        np.stack([_happened(events[events["event_code"] == code], place, n, calendar)
                  for code in codes], axis=-1) if codes else np.zeros((n, width, 0), dtype=bool),
        _happened(changes, place, n, calendar),
        supplied,
        loss,
        list(codes),
    )  # fmt: skip


def _placed(table: pd.DataFrame, week: np.ndarray, place: pd.Series, width: int):
    row = place.reindex(table["account_no"]).to_numpy()
    kept = np.isfinite(row) & (week >= 0) & (week < width)
    return row[kept].astype(int), week[kept].astype(int), table[kept]


def _by(total: pd.Series, days: np.ndarray, least: int = _MIN_DAYS) -> np.ndarray:
    value = pd.to_numeric(total).to_numpy(dtype=float)
    return np.where(days >= least, value / np.maximum(days, 1), np.nan)


def _happened(table: pd.DataFrame, place: pd.Series, n: int, calendar: Calendar) -> np.ndarray:
    row, week, _ = _placed(table, calendar.week_of(table["day"]), place, calendar.weeks)
    result = np.zeros((n, calendar.weeks), dtype=bool)
    result[row, week] = True
    return result


def _grid(table: pd.DataFrame, grid: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    count = table["transformer_no"].nunique()
    parts = []
    place = pd.factorize(table["transformer_no"], sort=True)[0]
    week = table["week"].to_numpy()
    kept = (week >= 0) & (week < width)
    for name in ("supplied_kwh", "loss_kwh"):
        # One row more than there are transformers: that of accounts without one.
        values = np.full((count + 1, width), np.nan, dtype=np.float32)
        values[place[kept], week[kept].astype(int)] = pd.to_numeric(table[name])[kept]
        parts.append(values[grid])
    return parts[0], parts[1]


def _described(accounts: pd.DataFrame) -> pd.DataFrame:
    category = accounts["category"].fillna("unknown").astype(str)
    return pd.DataFrame(
        {
            "account_no": accounts["account_no"],
            "category": category,
            # Schools rest in August and street lamps do not: both are public.
            "group": category + "/" + accounts["industry_code"].fillna("").astype(str),
            "is_three_phase": pd.to_numeric(accounts["voltage_kv"]) >= FIRM_VOLTAGE_KV,
            "capacity_kva": pd.to_numeric(accounts["contract_capacity_kva"]).astype(float),
            "district": accounts["district_code"].fillna("").astype(str),
        }
    )


def means(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Mean over weeks (axis 1) of the known values, weighed; NaN without any."""
    known = np.isfinite(values) & (weight > 0)
    count = (known * weight).sum(axis=1)
    total = np.where(known, values * weight, 0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1e-9), np.nan)


def peers_index(reference: Panel) -> dict[str, np.ndarray]:
    """By group: W x 4, the median use of each week ÷ the account's own mean (1 where unknown).

    A group too small for a median follows its category, and that one all accounts ("").
    """
    level = means(reference.kwh, np.ones(reference.kwh.shape[:2])[..., None])
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = reference.kwh / level[:, None, :]
    result = {}
    for names in (
        pd.Series("", index=reference.accounts.index),
        reference.accounts["category"],
        reference.accounts["group"],
    ):
        for name, rows in names.groupby(names).indices.items():
            if name == "" or len(rows) >= _MIN_GROUP:
                result[name] = _medians(relative[rows])
    return result


def _medians(values: np.ndarray) -> np.ndarray:
    ordered = np.sort(values, axis=0)
    known = np.isfinite(values).sum(axis=0)
    low, high = np.maximum(known - 1, 0) // 2, np.maximum(known, 1) // 2
    take = np.take_along_axis
    middle = (take(ordered, low[None], 0)[0] + take(ordered, high[None], 0)[0]) / 2
    return np.where(np.isfinite(middle) & (middle > 0), middle, 1.0)


def expected(
    of: Panel, index: dict[str, np.ndarray], weather: dict[str, np.ndarray], weight: np.ndarray
) -> np.ndarray:
    """Use (kWh a day, n x W x 4) by the account's level, its peers' weeks and its own weather.

    Ridge regression of an account's weeks (those of ``weight`` 0, n x W, left out) on one, the
    index of its peers, heating and cooling degrees a day (``weather``: W x 2 by district, "" for
    others), drawn towards its peers' course times its level.
    """
    level = means(of.kwh, weight[..., None])
    result = np.full(of.kwh.shape, np.nan, dtype=np.float32)
    keys = of.accounts["group"].where(of.accounts["group"].isin(list(index)),
                                      of.accounts["category"])  # fmt: skip
    keys = keys.where(keys.isin(list(index)), "")
    districts = of.accounts["district"].where(of.accounts["district"].isin(list(weather)), "")
    for (key, district), rows in keys.groupby([keys, districts]).indices.items():
        sky = weather.get(district, weather[""])
        for channel in range(of.kwh.shape[2]):
            x = np.column_stack([np.ones(len(sky)), index[key][:, channel], sky])
            result[rows, :, channel] = _ridge(
                of.kwh[rows, :, channel], level[rows, channel], weight[rows], x
            )
    return result


def _ridge(kwh: np.ndarray, level: np.ndarray, weight: np.ndarray, x: np.ndarray) -> np.ndarray:
    pull, towards = np.diag([3.0, 3.0, 6.0, 6.0]), np.array([0.0, 1.0, 0.0, 0.0])
    usable = np.isfinite(level) & (level > 0)
    relative = kwh / np.where(usable, level, np.nan)[:, None]
    known = np.isfinite(relative)
    w = np.where(known, weight, 0).astype(float)
    y = np.where(known, np.minimum(relative, 6), 0)
    size = x.shape[1]
    a = (w @ (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)).reshape(-1, size, size) + pull
    b = (w * y) @ x + pull @ towards
    fitted = np.linalg.solve(a, b[:, :, None])[:, :, 0] @ x.T
    return np.where(usable[:, None], np.maximum(fitted, 0.1) * level[:, None], np.nan)
