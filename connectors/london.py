"""Low Carbon London smart meters, in the published "refactored" form, as landing batches.

Published by UK Power Networks on the London Datastore ("SmartMeter Energy Consumption Data in
London Households"); attribute it. Read: ``daily_dataset/block_*.csv[.gz]``,
``informations_households.csv``, ``weather_daily_darksky.csv``, ``uk_bank_holidays.csv``.

The data came in one piece; it is *replayed*: a month's reads and weather land on the month's last
day, a household's records in the load of its first read (docs/decisions/0007-london.md). What the
data lacks stays null.
"""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa

from connectors import Batch, ConnectorError

DISTRICT = "london"
ORG = "LCL"
HALF_HOURS = 48
TARIFF_CODES = {"Std": "LCL-STD", "ToU": "LCL-DTOU"}
# Prices of the trial in GBP per kWh; high, normal and low price hours map to peak, flat, valley.
PRICES = {
    "LCL-STD": {"flat": "0.142280"},
    "LCL-DTOU": {"peak": "0.672000", "flat": "0.117600", "valley": "0.039900"},
}
# The dynamic tariff was in force in 2013 only.
DTOU_FROM = date(2013, 1, 1)
_PUBLISHED = "the London Datastore publishes it as SmartMeter Energy Consumption Data (refactored)"


def read(folder: Path, progress: Callable[[int, int, str], None] | None = None) -> Iterator[Batch]:
    """Yield the whole data set as batches.

    Raises ``ConnectorError`` when a file or a column is missing. Memory: about 1 GB, the reads of
    all households at once, since a load holds all households of a month.
    """
    folder = Path(folder)
    reads = _reads(folder, progress)
    households = _csv(folder, "informations_households.csv", ["LCLid", "stdorToU", "Acorn_grouped"])
    first_load = reads["load_date"].min()
    yield from _master(folder, first_load)
    yield from _households(households, reads)
    yield from _by_load("ami", "daily_reads", reads)
    yield from _by_load("external", "weather_days", _weather(folder, reads["load_date"].max()))


def _file(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise ConnectorError(f"{folder} has no {name}[.gz]: {_PUBLISHED}")


def _csv(folder: Path, name: str, columns: list[str]) -> pd.DataFrame:
    """The named columns of a file as text; empty text is null."""
    path = _file(folder, name)
    header = pd.read_csv(path, nrows=0).columns
    if missing := [column for column in columns if column not in header]:
        raise ConnectorError(f"{path} has no column {', '.join(missing)}: is it another edition?")
    return pd.read_csv(path, usecols=columns, dtype="string", keep_default_na=False, na_values=[""])


def _numbers(name: str, table: pd.DataFrame, column: str) -> pd.Series:
    """A text column as numbers. Raises ``ConnectorError`` that names the first that is none."""
    numbers = pd.to_numeric(table[column], errors="coerce").astype("Float64")
    _refuse(name, column, table[column][numbers.isna() & table[column].notna()], "a number")
    return numbers


def _days(name: str, table: pd.DataFrame, column: str, form: str = "%Y-%m-%d") -> pd.Series:
    """A text column as timestamps. Raises ``ConnectorError``, also for an empty one."""
    days = pd.to_datetime(table[column], format=form, errors="coerce")
    _refuse(name, column, table[column][days.isna()].fillna("(empty)"), "a day")
    return days


def _refuse(name: str, column: str, wrong: pd.Series, kind: str) -> None:
    if len(wrong):
        # The header is line 1; no field of these files spans lines.
        raise ConnectorError(
            f"{name} line {wrong.index[0] + 2}, column {column}: {wrong.iloc[0]} is not {kind}; "
            f"{len(wrong)} such values: take the file again"
        )


def _reads(folder: Path, progress) -> pd.DataFrame:
    blocks = sorted((folder / "daily_dataset").glob("block_*.csv*"))
    if not blocks:
        raise ConnectorError(f"{folder}/daily_dataset has no block_*.csv[.gz]: {_PUBLISHED}")
    parts = []
    for done, block in enumerate(blocks, 1):
        parts.append(_block(block))
        if progress:
            progress(done, len(blocks), block.name)
    table = pd.concat(parts, ignore_index=True)
    if table.empty:
        raise ConnectorError(f"{folder}/daily_dataset holds no read")
    day = table.pop("day")
    return table.assign(read_date=day.dt.date, load_date=_load_dates(day))


def _block(path: Path) -> pd.DataFrame:
    """The reads of one file, with ``day`` as a timestamp."""
    name = path.name
    table = _csv(path.parent, name, ["LCLid", "day", "energy_count", "energy_sum"])
    return pd.DataFrame(
        {
            "meter_no": table["LCLid"],
            "day": _days(name, table, "day"),
            "kwh_total": _decimal(_numbers(name, table, "energy_sum"), 12, 4),
            "intervals_read": _numbers(name, table, "energy_count").astype("Int32"),
            "intervals_expected": pd.array([HALF_HOURS] * len(table), "Int32"),
            "read_status": "actual",
        }
    )


def _decimal(numbers: pd.Series, precision: int, scale: int) -> pd.Series:
    """Numbers as exact decimals; the source's doubles carry noise beyond four digits."""
    rounded = pa.array(numbers.round(scale), pa.float64(), from_pandas=True)
    exact = rounded.cast(pa.decimal128(38, 12), safe=False).cast(
        pa.decimal128(precision, scale), safe=False
    )
    return pd.Series(exact, dtype=pd.ArrowDtype(pa.decimal128(precision, scale)))


def _load_dates(days: pd.Series) -> pd.Series:
    """The last day of each month; of the last month, the last day that has data."""
    month_end = days + pd.offsets.MonthEnd(0)
    return month_end.clip(upper=days.max()).dt.date


def _by_load(source: str, entity: str, rows: pd.DataFrame) -> Iterator[Batch]:
    for load_date, part in rows.groupby("load_date", sort=True):
        table = pa.Table.from_pandas(part.drop(columns="load_date"), preserve_index=False)
        yield Batch(source, entity, load_date, table.replace_schema_metadata())


def _households(households: pd.DataFrame, reads: pd.DataFrame) -> Iterator[Batch]:
    first = reads.groupby("meter_no")["load_date"].min()
    known = households[households["LCLid"].isin(first.index)]
    missing = sorted(set(first.index) - set(known["LCLid"]))
    if missing:
        raise ConnectorError(
            f"informations_households.csv lacks {len(missing)} households that have reads, "
            f"the first is {missing[0]}"
        )
    number = known["LCLid"]
    loads = number.map(first)
    accounts = pd.DataFrame(
        {
            "account_no": number,
            "customer_no": number,
            "org_code": ORG,
            "category": "residential",
            "tariff_code": known["stdorToU"].map(TARIFF_CODES),
            "district_code": DISTRICT,
            "source_group_code": known["Acorn_grouped"],
            "load_date": loads,
        }
    )
    yield from _by_load("crm", "accounts", accounts)
    customers = pd.DataFrame({"customer_no": number, "legal_form": "person", "load_date": loads})
    yield from _by_load("crm", "customers", customers)
    meters = pd.DataFrame({"meter_no": number, "account_no": number, "load_date": loads})
    yield from _by_load("ami", "meters", meters)


def _weather(folder: Path, last: date) -> pd.DataFrame:
    columns = ["time", "temperatureMin", "temperatureMax", "humidity"]
    name = "weather_daily_darksky.csv"
    table = _csv(folder, name, columns)
    # The file's `time` is the local midnight written in UTC: in summer 23:00 of the day before.
    utc = _days(name, table, "time", "%Y-%m-%d %H:%M:%S").dt.tz_localize("UTC")
    local = utc.dt.tz_convert("Europe/London")
    day = local.dt.tz_localize(None).dt.normalize()
    low = _numbers(name, table, "temperatureMin")
    high = _numbers(name, table, "temperatureMax")
    weather = pd.DataFrame(
        {
            "district_code": DISTRICT,
            "day": day.dt.date,
            "t_min": _decimal(low, 5, 2),
            "t_max": _decimal(high, 5, 2),
            # The file has no mean; the meteorological daily mean is the middle of both.
            "t_mean": _decimal((low + high) / 2, 5, 2),
            "humidity": _decimal(_numbers(name, table, "humidity") * 100, 5, 2),
            "load_date": (day + pd.offsets.MonthEnd(0)).clip(upper=pd.Timestamp(last)).dt.date,
        }
    )
    return weather[weather["day"] <= last]


def _master(folder: Path, load_date: date) -> Iterator[Batch]:
    name = "uk_bank_holidays.csv"
    holidays = _csv(folder, name, ["Bank holidays", "Type"])
    # The file ends a name with spaces, and repeats no day.
    days = _days(name, holidays, "Bank holidays").dt.date
    yield _constant(
        "external",
        "holidays",
        load_date,
        [
            {"day": day, "name": kind.strip(), "kind": "holiday"}
            for day, kind in zip(days, holidays["Type"], strict=True)
        ],
    )
    unit = {"org_code": ORG, "org_name": "Low Carbon London", "district_code": DISTRICT}
    yield _constant("org", "org_units", load_date, [unit])
    kinds = {"LCL-STD": "flat", "LCL-DTOU": "dynamic_tou"}
    starts = {"LCL-STD": load_date.replace(day=1), "LCL-DTOU": DTOU_FROM}
    yield _constant(
        "org",
        "tariffs",
        load_date,
        [
            {
                "tariff_code": code,
                "valid_from": starts[code],
                "tariff_name": f"Low Carbon London {name}",
                "kind": kinds[code],
                "category": "residential",
                "currency": "GBP",
            }
            for name, code in TARIFF_CODES.items()
        ],
    )
    months = pd.date_range(load_date.replace(day=1), DTOU_FROM.replace(month=12), freq="MS").date
    prices = [
        {"tariff_code": code, "month": month, "period": period, "price_per_kwh": price}
        for code, periods in PRICES.items()
        for month in months
        if month >= starts[code]
        for period, price in periods.items()
    ]
    yield _constant("org", "tariff_prices", load_date, prices)


def _constant(source: str, entity: str, load_date: date, rows: list[dict]) -> Batch:
    return Batch(source, entity, load_date, pa.Table.from_pylist(rows))
