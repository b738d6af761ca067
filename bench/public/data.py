"""Thin readers of the public data sets: a folder in, data frames out.

They are no connectors: nothing of these data becomes landing data. Each raises
``FileNotFoundError`` when its file is absent.
"""

import zipfile
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from bench.realism_landing import text

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def powerco(folder: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """Features of 14,606 small businesses on 2016-01-01, and who left in the three months after."""
    table = pd.read_csv(folder / "powerco_churn" / "client_data.csv.gz")
    for name in [name for name in table if name.startswith("date_")]:
        table[name] = (pd.to_datetime(table[name]) - pd.Timestamp("2016-01-01")).dt.days
    event = table.pop("churn").to_numpy()
    return table.drop(columns="id"), event


def telco(folder: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """Features of 7,043 telephone customers, and who left."""
    table = pd.read_csv(folder / "telco_churn" / "wa_churn.csv.gz")
    table["total_charges"] = pd.to_numeric(table["total_charges"], errors="coerce")
    event = (table.pop("churn") == "Yes").astype(int).to_numpy()
    return table, event


def bank(folder: Path) -> tuple[pd.DataFrame, np.ndarray, pd.Series]:
    """Features of 45,211 calls in date order without the call's duration (known only afterwards),
    who subscribed, and the month of each call: the file starts in May 2008 and goes on in order."""
    table = pd.read_csv(folder / "bank_marketing" / "bank-full.csv.gz", sep=";")
    number = table["month"].map({name: i for i, name in enumerate(MONTHS)})
    year = 2008 + (number.diff() < 0).cumsum()
    month = pd.to_datetime({"year": year, "month": number + 1, "day": 1})
    event = (table["y"] == "yes").astype(int).to_numpy()
    return table.drop(columns=["y", "duration"]), event, month


def hillstrom(folder: Path) -> pd.DataFrame:
    """64,000 customers of a shop, their arm (segment) and visit, conversion, spend after two
    weeks."""
    return pd.read_csv(folder / "hillstrom_uplift" / "hillstrom.csv.gz")


def reviews(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take-away reviews (label, review) and shop reviews (cat, label, review), no text twice."""
    place = folder / "chinese_reviews"
    food = pd.read_csv(place / "waimai_10k.csv.gz")
    with zipfile.ZipFile(place / "online_shopping_10_cats.zip") as packed:
        shop = pd.read_csv(packed.open("online_shopping_10_cats.csv"))
    # A text twice would be learned and then found again.
    return tuple(
        part.dropna().drop_duplicates("review").reset_index(drop=True) for part in (food, shop)
    )


def london(folder: Path, blocks: int | None = None) -> pd.DataFrame:
    """series, day, kwh of London's homes on whole days (48 half-hours); of ``blocks`` of the files
    (some 35 homes each, spread over all Acorn groups), without it of all."""
    place = folder / "london_lcl" / "daily_dataset"
    files = sorted(place.glob("block_*.csv.gz"))
    if not files:
        raise FileNotFoundError(place)
    files = files[:: -(-len(files) // blocks)] if blocks else files
    with duckdb.connect() as connection:
        return connection.execute(f"""
            select LCLid as series, cast(day as timestamp) as day, max(energy_sum) as kwh
            from read_csv([{", ".join(text(file) for file in files)}], union_by_name = true)
            where energy_count = 48 and energy_sum is not null
            group by series, day order by series, day
        """).df()


def london_calendar(folder: Path) -> pd.DataFrame:
    """day, is_day_off (weekends and bank holidays), t_mean of London's days."""
    place = folder / "london_lcl"
    weather = pd.read_csv(place / "weather_daily_darksky.csv")
    # The file's `time` is the local midnight written in UTC (as in connectors/london.py).
    local = pd.to_datetime(weather["time"]).dt.tz_localize("UTC").dt.tz_convert("Europe/London")
    day = local.dt.tz_localize(None).dt.normalize()
    mean = (weather["temperatureMin"] + weather["temperatureMax"]) / 2
    found = pd.DataFrame({"day": day, "t_mean": mean}).drop_duplicates("day").sort_values("day")
    holidays = pd.to_datetime(pd.read_csv(place / "uk_bank_holidays.csv")["Bank holidays"])
    found["is_day_off"] = (found["day"].dt.day_of_week >= 5) | found["day"].isin(holidays)
    return found.reset_index(drop=True)
