"""What was planted in the simulated branch can be found in what it lands."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
import pytest

from connectors.simulator import truth

CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def planted(clean_params):
    return truth(clean_params)["accounts"].to_pandas().set_index("account_no")


@pytest.fixture(scope="module")
def reads(clean):
    meters = clean.frame("ami/meters")[["meter_no", "account_no"]].drop_duplicates()
    rows = clean.frame("ami/daily_reads").merge(meters, on="meter_no")
    accounts = clean.frame("crm/accounts")[["account_no", "district_code"]].drop_duplicates()
    weather = clean.frame("external/weather_days")
    weather["t_mean"] = weather["t_mean"].astype(float)
    rows = rows.merge(accounts, on="account_no").merge(
        weather[["district_code", "day", "t_mean"]],
        left_on=["district_code", "read_date"],
        right_on=["district_code", "day"],
    )
    rows["kwh"] = rows["kwh_total"].astype(float)
    rows["hdd"] = (18 - rows["t_mean"]).clip(lower=0)
    rows["cdd"] = (rows["t_mean"] - 26).clip(lower=0)
    return rows


def fit(days: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (base, heating, cooling) and robust (HC0) standard errors."""
    x = np.column_stack([np.ones(len(days)), days["hdd"], days["cdd"]])
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ x.T @ days["kwh"].to_numpy()
    residual = days["kwh"].to_numpy() - x @ beta
    return beta, np.sqrt(np.diag(inverse @ (x.T * residual**2) @ x @ inverse))


def test_a_regression_finds_the_planted_slopes(planted, reads):
    steady = planted[
        planted["archetype"].isin(["home_plain", "home_heating", "home_cooling"])
        & (planted["annual_trend"] == 0)
        & planted[["reads_stopped_on", "closed_on"]].isna().all(axis=1)
    ]
    z = []
    for account, days in reads[reads["account_no"].isin(steady.index)].groupby("account_no"):
        if len(days) < 365:
            continue
        beta, error = fit(days)
        row = steady.loc[account]
        true = [row["heating_kwh_per_hdd"], row["cooling_kwh_per_cdd"]]
        z.append((beta[1:] - true) / error[1:])
    z = np.array(z)
    assert len(z) > 50
    # Of standard normal errors about 95 % lie within two, and their mean is near zero.
    assert (np.abs(z) < 2).mean() > 0.88
    assert np.abs(z.mean(axis=0)).max() < 4 / np.sqrt(len(z))


def test_heating_homes_stand_out(planted, reads):
    slopes = {}
    for account, days in reads.groupby("account_no"):
        if len(days) >= 365:
            slopes[account] = fit(days)[0][1]
    found = pd.Series(slopes)
    kind = planted.loc[found.index, "archetype"]
    assert found[kind == "home_heating"].median() > 10 * abs(found[kind == "home_plain"].median())


def test_days_off_differ_as_planted(planted, reads, clean):
    calendar = clean.frame("external/holidays").set_index("day")["kind"]
    special = reads["read_date"].map(calendar)
    weekend = pd.to_datetime(reads["read_date"]).dt.day_of_week >= 5
    # Days off without a name of their own lie on weekends, so the calendar's rows are enough.
    reads = reads.assign(rest=(special == "holiday") | (weekend & (special != "makeup_workday")))
    offices = planted.index[
        planted["archetype"].isin(["office", "factory"]) & planted["reads_stopped_on"].isna()
    ]
    assert len(offices) > 10
    checked = 0
    for account, days in reads[reads["account_no"].isin(offices)].groupby("account_no"):
        if len(days) < 365:
            continue
        means = days.groupby("rest")["kwh"].mean()
        ratio = means[True] / means[False]
        assert ratio == pytest.approx(planted.loc[account, "weekend_ratio"], rel=0.1)
        checked += 1
    assert checked > 10


def test_registers_add_up_and_follow_the_planted_shares(planted, reads):
    names = ["kwh_sharp", "kwh_peak", "kwh_flat", "kwh_valley"]
    split = reads[reads["kwh_peak"].notna()]
    parts = split[names].fillna(Decimal(0))
    assert (parts.sum(axis=1) == split["kwh_total"]).all()
    used = split.groupby("account_no")[["kwh_valley", "kwh_total"]].sum().astype(float)
    share = used["kwh_valley"] / used["kwh_total"]
    assert np.abs(share - planted.loc[share.index, "valley_share"]).max() < 0.03
    farms = planted.index[planted["archetype"] == "farm"]
    assert reads[reads["account_no"].isin(farms)][names].isna().all(axis=None)


def test_reads_stop_where_planted(planted, reads):
    last = reads.groupby("account_no")["read_date"].max()
    ends = planted[["reads_stopped_on", "closed_on"]].bfill(axis=1).iloc[:, 0].dropna()
    assert len(ends) > 3
    for account, end in ends.items():
        assert (end - last[account]).days == 1
    others = last.drop(ends.index)
    assert others.nunique() == 1


def test_a_bill_is_the_months_reads_at_the_tariffs_prices(reads, clean):
    month = pd.to_datetime(reads["read_date"]).dt.to_period("M").dt.start_time.dt.date
    registers = ["kwh_sharp", "kwh_peak", "kwh_flat", "kwh_valley", "kwh_total"]
    read = reads.fillna({name: Decimal(0) for name in registers[:4]})
    read = read.groupby(["account_no", month])[registers].sum()
    bills = clean.frame("billing/bills")
    tariff = clean.frame("crm/accounts").drop_duplicates("account_no").set_index("account_no")
    price = {
        (row.tariff_code, row.month, row.period): Decimal(row.price_per_kwh)
        for row in clean.frame("org/tariff_prices").itertuples()
    }
    assert len(bills) > 1000
    for bill in bills.itertuples():
        used = read.loc[(bill.account_no, bill.billing_month)]
        assert bill.kwh_total == used["kwh_total"]
        code = tariff.loc[bill.account_no, "tariff_code"]
        if bill.kwh_peak is None:
            exact = used["kwh_total"] * price[code, bill.billing_month, "flat"]
        else:
            periods = ["sharp", "peak", "flat", "valley"]
            exact = sum(
                used[f"kwh_{p}"] * price.get((code, bill.billing_month, p), 0) for p in periods
            )
        assert bill.energy_charge == exact.quantize(CENT, ROUND_HALF_UP)
        parts = [
            part
            for part in (
                bill.energy_charge,
                bill.capacity_charge,
                bill.power_factor_charge,
                bill.levies,
            )
            if part is not None
        ]
        assert bill.amount_due == sum(parts)
        assert (bill.due_on - bill.issued_on).days == 20
        assert bill.issued_on.day == 3


def test_every_served_month_is_billed_once(reads, clean):
    read = reads.assign(month=pd.to_datetime(reads["read_date"]).dt.to_period("M"))
    bills = clean.frame("billing/bills")
    billed = pd.to_datetime(bills["billing_month"]).dt.to_period("M")
    served = read[read["month"].between(billed.min(), billed.max())]
    expected = set(zip(served["account_no"], served["month"], strict=True))
    found = list(zip(bills["account_no"], billed, strict=True))
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_payers_pay_as_planted(planted, clean):
    bills, payments = clean.frame("billing/bills"), clean.frame("billing/payments")
    paid = bills.merge(payments[["bill_no", "paid_at", "amount"]], on="bill_no", how="left")
    paid["payer"] = planted.loc[paid["account_no"], "payer"].to_numpy()
    paid["is_late"] = paid["paid_at"].dt.date > paid["due_on"]
    # Bills of the last two months may still be open at the end.
    ripe = paid[
        pd.to_datetime(paid["due_on"]) < pd.Timestamp(clean.params.end) - pd.Timedelta("50D")
    ]
    in_time = ripe[ripe["payer"].isin(["autopay", "on_time"])]
    assert (in_time["amount"] == in_time["amount_due"]).all()
    assert not in_time["is_late"].any()
    share = ripe.groupby("payer")["is_late"].mean()
    assert 0.5 < share["late"] < 0.7
    arrears = ripe[ripe["payer"] == "arrears"]
    assert 0.2 < arrears["amount"].isna().mean() < 0.5
    dunned = set(clean.table("billing/collection_actions")["account_no"].to_pylist())
    assert dunned <= set(planted.index[planted["payer"].isin(["late", "arrears"])])
    assert dunned
