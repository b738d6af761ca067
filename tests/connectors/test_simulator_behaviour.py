"""Use, bills and payments of the simulated branch follow from what was planted."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
import pytest

from connectors.simulator.billing import adjustment
from connectors.simulator.tariffs import CAPACITY_PRICE, LEVY, WINDOWS
from connectors.simulator.usage import HOME_HOURS, LARGE_HOURS, REGISTERS

CENT = Decimal("0.01")
STEADY = """
    select t.* from truth_accounts as t left join truth_anomalies as a using (account_no)
    where a.cause is null and coalesce(reads_stopped_on, closed_on, moved_on, suspended_on) is null
    and opened_on < (select min(read_date) from ami_daily_reads)
    and account_no not in (select account_no from marketing_enrolments)
"""
DAYS = f"""
    select t.*, r.read_date, r.kwh_total::double as kwh, r.kwh_sharp, r.kwh_peak, r.kwh_flat,
        r.kwh_valley, greatest(18 - w.t_mean::double, 0) as hdd,
        greatest(w.t_mean::double - 26, 0) as cdd,
        coalesce(h.kind = 'holiday', false)
        or (isodow(r.read_date) >= 6 and coalesce(h.kind, '') <> 'makeup_workday') as rest
    from ({STEADY}) as t
    join ami_meters as m using (account_no)
    join ami_daily_reads as r using (meter_no)
    join (select distinct account_no, district_code from crm_accounts) as a using (account_no)
    join external_weather_days as w on w.district_code = a.district_code and w.day = r.read_date
    left join external_holidays as h on h.day = r.read_date
    where r.kwh_total is not null
"""


@pytest.fixture(scope="module")
def days(clean):
    return clean.frame(DAYS + " and t.archetype not in ('second_home', 'prosumer', 'ev_owner')")


def test_a_regression_finds_the_planted_slopes(days):
    """Heating is multiplied by presence and noise of mean one, so slopes come out as planted."""
    ratio = []
    for _, own in days[days["archetype"] == "heat_pump"].groupby("account_no"):
        x = np.column_stack([np.ones(len(own)), own["hdd"], own["cdd"]])
        beta = np.linalg.lstsq(x, own["kwh"].to_numpy(), rcond=None)[0]
        ratio.append(beta[1] / own["heating_kwh_per_hdd"].iloc[0])
    assert len(ratio) > 40
    assert np.median(ratio) == pytest.approx(1, abs=0.12)
    assert np.std(ratio) < 0.5


def test_archetypes_differ_where_they_should(days):
    def slope(name: str, column: str) -> float:
        own = days[days["archetype"] == name]
        per = own.groupby("account_no").apply(
            lambda d: np.cov(d["kwh"], d[column])[0, 1] / d[column].var() / d["kwh"].mean()
        )
        return per.median()

    assert slope("heat_pump", "hdd") > 5 * abs(slope("commuter", "hdd"))
    assert slope("air_con", "cdd") > 2.5 * slope("commuter", "cdd")


def test_days_off_differ_as_planted(days):
    for name in ("single_shift", "school"):
        own = days[days["archetype"] == name]
        means = own.groupby(["account_no", "rest"])["kwh"].mean().unstack()
        planted = own.groupby("account_no")["rest_ratio"].first()
        # Seasons and the festival fall on some days off, so the shape and not the last digit.
        error = (means[True] / means[False] / planted).median()
        assert error == pytest.approx(1, abs=0.25), name
        assert np.corrcoef(means[True] / means[False], planted)[0, 1] > 0.5


def test_factories_stand_still_at_spring_festival(clean, days):
    start = clean.one(
        "select min(day) from external_holidays where name like '%春节%' and day > '2026-01-01'"
    )
    near = pd.to_datetime(days["read_date"]).between(
        pd.Timestamp(start), pd.Timestamp(start) + pd.Timedelta("3D")
    )
    shut = days[days["archetype"] == "single_shift"]
    by = shut.assign(near=near).groupby(["account_no", "near"])["kwh"].mean().unstack()
    assert (by[True] / by[False]).median() < 0.2


def test_registers_add_up_and_night_owls_use_the_night(clean, days):
    sums = clean.one("""
        select count(*) from ami_daily_reads where kwh_peak is not null and kwh_total
        <> coalesce(kwh_sharp, 0) + kwh_peak + kwh_flat + kwh_valley
    """)
    assert sums == 0
    used = days.dropna(subset="kwh_valley").groupby("archetype")[["kwh_valley", "kwh"]].sum()
    share = used["kwh_valley"].astype(float) / used["kwh"]
    assert share["night_owl"] > share["commuter"] + 0.1
    farms = clean.one("""
        select count(kwh_flat) from ami_daily_reads join ami_meters using (meter_no)
        join truth_accounts using (account_no) where archetype = 'farm'
    """)
    assert farms == 0


@pytest.mark.parametrize(("tariff", "hours"), [("RES-TOU", HOME_HOURS), ("IND-TOU", LARGE_HOURS)])
def test_the_meters_windows_are_those_of_the_tariff(tariff, hours):
    for start, end, period in WINDOWS[tariff]:
        for hour in range(int(start[:2]), int(end[:2])):
            assert REGISTERS[hours[hour]] == period


def test_a_curve_is_the_days_registers_spread_over_the_hours(clean):
    rows = clean.sql(
        """
        with curve as (
            select meter_no, (read_at - interval 1 second)::date as day, count(*) as steps,
                sum(kw) * 24 / count(*) as kwh from load_curves group by all
        )
        select steps, kwh::double, kwh_total::double from curve
        join ami_daily_reads as r on r.meter_no = curve.meter_no and r.read_date = curve.day
        where kwh_total is not null
    """.replace("load_curves", "ami_load_curves")
    )
    assert {row[0] for row in rows} == {24, 96}
    for _, curve, read in rows:
        assert curve == pytest.approx(read, rel=1e-3, abs=0.1)


def test_a_bill_is_the_months_reads_at_the_tariffs_prices(clean):
    """Bills use what the meter registered; where a read did not arrive the sums must differ."""
    bills = clean.rows("""
        select b.*, a.tariff_code, a.contract_capacity_kva, t.power_factor,
            r.kwh, r.days, day(last_day(b.billing_month)) as month_days
        from billing_bills as b
        join (select account_no, any_value(tariff_code) as tariff_code,
                any_value(contract_capacity_kva) as contract_capacity_kva
              from crm_accounts group by 1
              having count(distinct tariff_code) = 1
              and count(distinct contract_capacity_kva) = 1) as a using (account_no)
        join truth_accounts as t using (account_no)
        join (select account_no, date_trunc('month', read_date) as month, sum(kwh_total) as kwh,
                count(kwh_total) as days
              from ami_daily_reads join ami_meters using (meter_no) where removed_on is null
              group by all)
            as r on r.account_no = b.account_no and r.month = b.billing_month
        where t.account_no not in (select account_no from marketing_enrolments)
    """)
    whole = [bill for bill in bills if bill["days"] == bill["month_days"]]
    assert len(whole) > 5000
    assert all(bill["kwh"] == bill["kwh_total"] for bill in whole)
    price = {
        (row["tariff_code"], row["month"], row["period"]): Decimal(row["price_per_kwh"])
        for row in clean.rows("select * from org_tariff_prices")
    }
    for bill in bills:
        tariff, month = bill["tariff_code"], bill["billing_month"]
        if bill["kwh_peak"] is None:
            exact = bill["kwh_total"] * price[tariff, month, "flat"]
        else:
            used = {period: bill[f"kwh_{period}"] or 0 for period in REGISTERS}
            exact = sum(used[p] * price.get((tariff, month, p), 0) for p in REGISTERS)
        energy = exact.quantize(CENT, ROUND_HALF_UP)
        assert bill["energy_charge"] == energy
        capacity = bill["capacity_charge"] or Decimal(0)
        if tariff == "IND-TOU":
            assert capacity == bill["contract_capacity_kva"] * CAPACITY_PRICE / 100
        factor = bill["power_factor_charge"] or Decimal(0)
        if bill["power_factor_charge"] is not None:
            rate = Decimal(int(adjustment(bill["power_factor"]))) / 10_000
            assert abs(factor - (energy + capacity) * rate) <= CENT / 2
        levied = Decimal(LEVY if tariff != "AGR-FLAT" else 0)
        assert abs(bill["levies"] - bill["kwh_total"] * levied / 1_000_000) <= CENT / 2
        assert bill["amount_due"] == energy + capacity + factor + bill["levies"]
        assert (bill["due_on"] - bill["issued_on"]).days == 20


def test_power_factor_adjustment():
    assert adjustment(np.array([0.90, 0.95, 0.99, 0.85, 0.70])).tolist() == [0, -75, -75, 250, 1000]


def test_demand_billing_charges_the_highest_hour(clean):
    rows = clean.sql("""
        select b.capacity_charge::double, max(hourly.kw) * 38
        from billing_bills as b
        join crm_accounts as a on a.account_no = b.account_no and a.tariff_code = 'IND-TOU-DEM'
        join ami_meters as m on m.account_no = b.account_no
        join (select meter_no, date_trunc('hour', read_at - interval 1 second) as hour,
                avg(kw)::double as kw from ami_load_curves group by all)
            as hourly on hourly.meter_no = m.meter_no
            and date_trunc('month', hourly.hour) = b.billing_month
        where b.account_no not in (select account_no from marketing_enrolments)
        group by b.bill_no, b.capacity_charge
    """)
    assert len(rows) > 10
    for charged, highest in rows:
        assert charged == pytest.approx(highest, rel=2e-3, abs=0.5)


def test_every_served_month_is_billed_once(clean):
    twice = clean.one("""
        select count(*) from (
            select account_no, billing_month from billing_bills group by all having count(*) > 1)
    """)
    assert twice == 0
    unbilled = clean.one("""
        select count(*) from (
            select distinct m.account_no, date_trunc('month', r.read_date) as month
            from ami_daily_reads as r join ami_meters as m using (meter_no))
        where month between (select min(billing_month) from billing_bills)
            and (select max(billing_month) from billing_bills)
        and (account_no, month) not in (select account_no, billing_month from billing_bills)
    """)
    assert unbilled == 0


def test_pressure_makes_payers_late_and_collection_works(clean):
    rate = dict(
        clean.sql("""
        select t.income_pressure > 1, avg((p.paid_at is null or p.paid_at::date > b.due_on)::int)
        from billing_bills as b join truth_accounts as t using (account_no)
        left join (select bill_no, max(paid_at) as paid_at from billing_payments group by 1) as p
            using (bill_no)
        where b.due_on < date '2026-04-01' and b.amount_due > 0 group by 1
        """)
    )
    assert rate[True] > 2 * rate[False]
    worked = clean.one("""
        select avg((p.paid_at - c.acted_at < interval 7 day)::int) 
        from billing_collection_actions as c
        join billing_payments as p using (bill_no) where c.outcome = 'paid'
    """)
    assert worked > 0.9
    other = clean.one("""
        select avg((p.paid_at - c.acted_at between interval 0 day and interval 7 day)::int)
        from billing_collection_actions as c
        left join billing_payments as p using (bill_no) where c.outcome in ('promised', 'no_answer')
    """)
    assert other < 0.6


def test_the_true_probability_of_arrears_is_calibrated(clean):
    """Of accounts said to fall 30 days overdue within 90 days, so many do."""
    rows = clean.frame("""
        with late as (
            select b.account_no, b.due_on + 30 as day from billing_bills as b
            left join (select bill_no, sum(amount) as paid, max(paid_at)::date as paid_on
                       from billing_payments group by 1) as p using (bill_no)
            where b.amount_due > 0
            and (p.paid is null or p.paid < b.amount_due or p.paid_on > b.due_on + 30)
        )
        select m.p_arrears_90d as p,
            exists (select 1 from late where late.account_no = m.account_no
                and late.day > last_day(m.month) and late.day <= last_day(m.month) + 90) as y
        from truth_account_month as m where p_arrears_90d is not null
        and month between date '2025-05-01' and date '2026-02-01'
    """)
    assert len(rows) > 10_000
    assert rows["p"].mean() == pytest.approx(rows["y"].mean(), rel=0.15)
    top = rows[rows["p"] > rows["p"].quantile(0.95)]
    assert top["p"].mean() == pytest.approx(top["y"].mean(), rel=0.2)
    assert top["y"].mean() > 4 * rows["y"].mean()
