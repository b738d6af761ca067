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
    path = _file(folder, name) if not (folder / name).is_file() else folder / name
    header = pd.read_csv(path, nrows=0).columns
    if missing := [column for column in columns if column not in header]:
        raise ConnectorError(f"{path} has no column {', '.join(missing)}: is it another edition?")
    return pd.read_csv(path, usecols=columns, dtype="string", keep_default_na=False, na_values=[""])


def _reads(folder: Path, progress) -> pd.DataFrame:
    blocks = sorted((folder / "daily_dataset").glob("block_*.csv*"))
    if not blocks:
        raise ConnectorError(f"{folder}/daily_dataset has no block_*.csv[.gz]: {_PUBLISHED}")
    parts = []
    for done, block in enumerate(blocks, 1):
        columns = ["LCLid", "day", "energy_count", "energy_sum"]
        parts.append(_csv(block.parent, block.name, columns))
        if progress:
            progress(done, len(blocks), block.name)
    table = pd.concat(parts, ignore_index=True)
    if table.empty:
        raise ConnectorError(f"{folder}/daily_dataset holds no read")
    day = pd.to_datetime(table["day"], format="%Y-%m-%d")
    return pd.DataFrame(
        {
            "meter_no": table["LCLid"],
            "read_date": day.dt.date,
            "kwh_total": _decimal(table["energy_sum"], 12, 4),
            "intervals_read": table["energy_count"].astype("Int32"),
            "intervals_expected": pd.array([HALF_HOURS] * len(table), "Int32"),
            "read_status": "actual",
            "load_date": _load_dates(day),
        }
    )


def _decimal(numbers: pd.Series, precision: int, scale: int) -> pd.Series:
    """Text numbers as exact decimals; the source's doubles carry noise beyond four digits."""
    rounded = pa.array(numbers.astype("Float64").round(scale), pa.float64(), from_pandas=True)
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
    table = _csv(folder, "weather_daily_darksky.csv", columns)
    # The file's `time` is the local midnight written in UTC: in summer 23:00 of the day before.
    local = pd.to_datetime(table["time"]).dt.tz_localize("UTC").dt.tz_convert("Europe/London")
    day = local.dt.tz_localize(None).dt.normalize()
    low, high = table["temperatureMin"].astype("Float64"), table["temperatureMax"].astype("Float64")
    weather = pd.DataFrame(
        {
            "district_code": DISTRICT,
            "day": day.dt.date,
            "t_min": _decimal(low, 5, 2),
            "t_max": _decimal(high, 5, 2),
            # The file has no mean; the meteorological daily mean is the middle of both.
            "t_mean": _decimal((low + high) / 2, 5, 2),
            "humidity": _decimal(table["humidity"].astype("Float64") * 100, 5, 2),
            "load_date": (day + pd.offsets.MonthEnd(0)).clip(upper=pd.Timestamp(last)).dt.date,
        }
    )
    return weather[weather["day"] <= last]


def _master(folder: Path, load_date: date) -> Iterator[Batch]:
    holidays = _csv(folder, "uk_bank_holidays.csv", ["Bank holidays", "Type"])
    # The file ends a name with spaces, and repeats no day.
    days = pd.to_datetime(holidays["Bank holidays"]).dt.date
    yield _constant(
        "external",
        "holidays",
        load_date,
        [
            {"day": day, "name": name.strip(), "kind": "holiday"}
            for day, name in zip(days, holidays["Type"], strict=True)
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
