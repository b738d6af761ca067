"""A small valid warehouse with every table that the gates read."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from expectations import validate
from expectations.gate import SUITES

ACCOUNTS = 400
PARAMS = {"feature_month": "2025-12-01", "as_of_date": "2026-01-10"}
SHARES = [
    "missing_share_3m",
    "estimated_share_3m",
    "short_share_3m",
    "zero_day_share_12m",
    "peak_share_12m",
    "valley_share_12m",
    "late_bill_share_12m",
    "heating_share_12m",
    "cooling_share_12m",
]


def build_warehouse(path: Path, accounts: int = ACCOUNTS, extra_columns: int = 0) -> Path:
    """Two months of ``accounts`` open accounts (and one long closed), all of it sound."""
    extra = "".join(f", i % {n + 7} as extra_{n}" for n in range(extra_columns))
    shares = ", ".join(f"(i % 10) / 10::double as {name}" for name in SHARES)
    connection = duckdb.connect(str(path))
    connection.execute(f"""
        create schema marts; create schema customer_360; create schema marketing;
        create table marts.dim_account as
            select 'A' || lpad(i::varchar, 6, '0') as account_no, date '2020-01-01' as opened_on,
                case when i = {accounts} then date '2024-03-31' end as closed_on
            from range({accounts} + 1) as r(i);
        create table customer_360.account_month as
            select 'A' || lpad(i::varchar, 6, '0') as account_no, month::date as month,
                last_day(month) as month_end, 'residential' as category, false as is_closed,
                day(last_day(month))::int as expected_days_1m,
                day(last_day(month))::int as usable_days_1m, 0 as months_since_last_read,
                365 as usable_days_12m, {shares},
                0.9::double as quality_score, 300.0 + i % 50 as usage_kwh_1m,
                10.0 + i % 5 as mean_daily_kwh_1m, 11.0 + i % 5 as mean_daily_kwh_3m,
                9.0 + i % 5 as mean_daily_kwh_12m, 1.4 as winter_summer_ratio_12m{extra}
            from range({accounts}) as r(i)
            cross join (values (date '2025-11-01'), (date '2025-12-01')) as m(month);
        create table customer_360.account_360 as
            select account_no from customer_360.account_month where month = date '2025-12-01';
        create table marketing.segment_profile as
            select n as segment_id, 'S' || n as segment_code, 'mean' as feature
            from range(4) as r(n);
        create table marketing.customer_segment as
            select account_no, segment_id, 'S' || segment_id as segment_code,
                'Segment ' || segment_id as segment_name_en,
                '分群' || segment_id as segment_name_zh, date '2026-01-10' as as_of_date
            from (select account_no, (row_number() over (order by account_no) % 4)::int
                as segment_id from customer_360.account_360);
        create table marketing.lead_candidate as
            select md5(account_no || product_code) as lead_id, account_no, product_code,
                (row_number() over (partition by product_code order by account_no))::int as rank,
                0.5::double as score, 'Uses much at night' as reason_1_en,
                '夜间用电多' as reason_1_zh,
                null::varchar as reason_2_en, null::varchar as reason_2_zh,
                null::varchar as reason_3_en, null::varchar as reason_3_zh,
                date '2026-01-10' as as_of_date
            from customer_360.account_360 cross join (values ('TOU'), ('EV')) as p(product_code)
            where account_no < 'A000100';
        create schema seeds;
        create table seeds.thresholds as select 'lead_holdout_share' as code, 0.1 as value;
        create table marts.dim_channel as select * from (values ('sms', 0), ('phone', 10))
            as t(channel, minutes_per_contact);
        create table marts.dim_staff as select 'E1' as staff_no, true as is_active;
        create table customer_360.account_channel as
            select account_no, channel, true as has_consent, false as is_protected,
                false as has_open_complaint
            from customer_360.account_360 cross join marts.dim_channel;
        create table marketing.lead as
            select account_no as lead_id, account_no, 'C' || account_no as customer_id,
                'sms' as channel, null::varchar as staff_no, true as is_choice_at_prices,
                case when account_no like '%0' then 'holdout' else 'treated' end as arm,
                case when account_no like '%0' then 'held_out' else 'open' end as status,
                date '2026-01-12' as planned_on, date '2026-01-31' as expires_on,
                12.5::double as expected_value_cny, 'Uses much at night' as reason_1_en,
                '夜间用电多' as reason_1_zh, date '2025-12-01' as feature_month,
                date '2026-01-10' as as_of_date
            from customer_360.account_360;
        create table marketing.account_risk as
            select account_no, model_name,
                (row_number() over (partition by model_name order by account_no))::int as rank,
                0.5::double as probability, account_no < 'A000012' as is_listed,
                12.5::decimal(18, 2) as amount_at_risk_cny, 'call' as advice_code,
                'Call' as advice_label_en, '电话' as advice_label_zh,
                'late bills: 3 (typical 0)' as reason_1_en, '逾期账单数：3' as reason_1_zh,
                null::varchar as reason_2_en, null::varchar as reason_2_zh,
                null::varchar as reason_3_en, null::varchar as reason_3_zh,
                null::varchar as change_en, null::varchar as change_zh,
                date '2025-12-01' as feature_month, date '2026-01-10' as as_of_date
            from customer_360.account_360
            cross join (values ('payment_risk'), ('churn')) as m(model_name);
        create table marketing.model_drift as
            select 'churn' as model_name, date '2025-12-01' as feature_month, 'use' as column_name,
                false as is_drifted;
        create table marketing.model_performance as
            select 'churn' as model_name, date '2025-12-01' as feature_month, 'auc' as measure,
                false as is_worse;
    """)
    connection.close()
    return path


@pytest.fixture
def warehouse(tmp_path) -> Path:
    return build_warehouse(tmp_path / "warehouse.duckdb")


@pytest.fixture
def damage(warehouse):
    """Run SQL that plants a defect."""

    def run(sql: str) -> Path:
        connection = duckdb.connect(str(warehouse))
        connection.execute(sql)
        connection.close()
        return warehouse

    return run


@pytest.fixture(autouse=True)
def one_run_kept(monkeypatch):
    """Data Docs of one run, for speed: each call renders those of all kept runs."""
    from expectations import runner

    monkeypatch.setattr(runner, "KEPT_RUNS", 1)


@pytest.fixture(scope="session")
def context(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("gx")


@pytest.fixture(scope="session")
def params() -> dict:
    return PARAMS


@pytest.fixture(scope="session")
def build():
    """The suite of this name, for the month and day of the warehouse."""
    return lambda name: SUITES[name].build(date(2025, 12, 1), date(2026, 1, 10))


@pytest.fixture
def assert_fails(damage, context):
    """Plant a defect: exactly these checks fail, and they name owner and key."""

    def run(suite, defect, fail, owner, key):
        result = validate(damage(defect), suite, PARAMS, context)
        failed = {check.name: check for check in result.checks if not check.passed}
        assert set(failed) == fail
        assert result.passed == all(check.severity == "warn" for check in failed.values())
        assert owner in {check.owner for check in failed.values()}
        for check in failed.values():
            assert check.description_en and check.description_zh and check.expected
            if key:
                assert key in check.failing_keys
                assert 1 <= len(check.failing_keys) <= 20
                assert check.failing_count >= len(check.failing_keys)

    return run


@pytest.fixture(name="build_warehouse", scope="session")
def _build_warehouse():
    return build_warehouse
