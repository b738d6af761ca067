"""Suite account_month: each planted defect fails the checks that are about it, and no other."""

from datetime import date

import pytest

from expectations import validate

MONTH = "2025-12-01"
ROW = "update customer_360.account_month set {} where month = date '2025-12-01' and account_no "
ONE = "= 'A000007'"
MANY = "< 'A000060'"  # 15 % of the accounts
KEY = {"account_no": "A000007", "month": MONTH}
SHARES = {
    "missing_share_3m": "metering",
    "estimated_share_3m": "metering",
    "short_share_3m": "metering",
    "zero_day_share_12m": "metering",
    "peak_share_12m": "metering",
    "valley_share_12m": "metering",
    "late_bill_share_12m": "billing",
    "heating_share_12m": "external_data",
    "cooling_share_12m": "external_data",
}

# Defect, the checks that must fail (all of them), the first one's owner, a key they must name.
DEFECTS = [
    (
        "delete from customer_360.account_month where month = date '2025-12-01'",
        {
            "month_has_rows",
            "month_is_expected",
            "reads_are_fresh",
            "open_accounts_have_row",
            "half_of_accounts_usable",
            "most_accounts_usable",
            "median_near_month_before",
        },
        "external_data",
        None,
    ),
    (
        "insert into customer_360.account_month by name select * replace (null as month) "
        "from customer_360.account_month where month = date '2025-12-01' and account_no "
        "= 'A000007'",
        {"month_given"},
        "external_data",
        {"account_no": "A000007", "month": None},
    ),
    (
        "insert into customer_360.account_month by name select * replace (date '2026-01-01' as "
        "month) from customer_360.account_month where month = date '2025-12-01' and account_no "
        "= 'A000007'",
        {"no_month_after_as_of"},
        "external_data",
        {"account_no": "A000007", "month": "2026-01-01"},
    ),
    (
        "insert into customer_360.account_month by name select * replace (null as account_no) "
        "from customer_360.account_month where month = date '2025-12-01' and account_no "
        "= 'A000007'",
        {"account_no_given"},
        "customer_data",
        {"account_no": None, "month": MONTH},
    ),
    (
        "insert into customer_360.account_month select * from customer_360.account_month "
        "where month = date '2025-12-01' and account_no = 'A000007'",
        {"key_unique"},
        "external_data",
        KEY,
    ),
    (
        "delete from marts.dim_account where account_no = 'A000007'",
        {"account_known"},
        "customer_data",
        KEY,
    ),
    (
        "delete from customer_360.account_month where month = date '2025-12-01' "
        "and account_no between 'A000007' and 'A000012'",
        {"open_accounts_have_row"},
        "customer_data",
        KEY,
    ),
    *(
        (ROW.format(f"quality_score = {value}") + ONE, {"quality_score_is_share"}, "metering", KEY)
        for value in ("null", "1.01", "-0.01")
    ),
    *(
        (ROW.format(f"{c} = {value}") + ONE, {f"{c}_is_share"}, owner, KEY)
        for c, owner in SHARES.items()
        for value in (1.2, -0.2)
    ),
    (
        ROW.format("usage_kwh_1m = -50") + MANY,
        {"usage_not_negative"},
        "metering",
        KEY,
    ),
    (
        ROW.format("mean_daily_kwh_12m = 9000, mean_daily_kwh_3m = 9000") + MANY,
        {"mean_daily_kwh_credible"},
        "metering",
        KEY,
    ),
    (
        # 366 days exist in a leap year only.
        ROW.format("usable_days_12m = 366") + ONE,
        {"usable_days_in_calendar"},
        "metering",
        KEY,
    ),
    (
        ROW.format("usable_days_1m = 3") + "< 'A000100'",
        {"most_accounts_usable"},
        "metering",
        KEY,
    ),
    (
        ROW.format("usable_days_1m = 3") + "< 'A000210'",
        {"half_of_accounts_usable", "most_accounts_usable"},
        "metering",
        KEY,
    ),
    (
        # Never read: nothing was expected, and zero of zero days is no usable month.
        ROW.format("usable_days_1m = 0, expected_days_1m = 0") + "< 'A000100'",
        {"most_accounts_usable"},
        "metering",
        KEY,
    ),
    (
        ROW.format("winter_summer_ratio_12m = -0.1") + ONE,
        {"winter_summer_ratio_not_negative"},
        "metering",
        KEY,
    ),
    (
        ROW.format("mean_daily_kwh_3m = 100") + MANY,
        {"recent_use_near_year"},
        "metering",
        KEY,
    ),
    (
        "update customer_360.account_month set mean_daily_kwh_1m = 1000 * mean_daily_kwh_1m "
        "where month = date '2025-12-01'",
        {"median_near_month_before"},
        "metering",
        None,
    ),
]


@pytest.mark.parametrize(
    ("defect", "fail", "owner", "key"),
    DEFECTS,
    ids=[f"{number}-{min(defect[1])}" for number, defect in enumerate(DEFECTS)],
)
def test_a_defect_fails_its_checks_only(assert_fails, defect, fail, owner, key):
    assert_fails("account_month", defect, fail, owner, key)


def test_every_check_has_a_defect_that_fails_it(build):
    planted = set().union(*(fail for _, fail, _, _ in DEFECTS))
    assert planted == {rule.name for rule in build("account_month").rules}


def test_a_month_that_nobody_read_is_not_fresh(assert_fails):
    stale = "update customer_360.account_month set months_since_last_read = 1"
    stale += " where month = date '2025-12-01'"
    assert_fails("account_month", stale, {"reads_are_fresh"}, "metering", None)


def test_a_month_older_than_the_newest_is_not_the_expected_one(params, warehouse, context):
    params = {**params, "feature_month": date(2025, 11, 1)}
    result = validate(warehouse, "account_month", params, context)
    assert not all(c.passed for c in result.checks if c.name == "month_is_expected")


def test_a_first_month_has_nothing_to_be_compared_with(params, damage, context):
    path = damage("delete from customer_360.account_month where month < date '2025-12-01'")
    assert validate(path, "account_month", params, context).passed


def test_a_long_list_of_failing_rows_is_cut_at_20_keys(params, damage, context):
    path = damage(ROW.format("quality_score = 2, peak_share_12m = 3") + "is not null")
    found = {c.name: c for c in validate(path, "account_month", params, context).checks}
    for name in ("quality_score_is_share", "peak_share_12m_is_share"):
        assert found[name].failing_count == 400
        assert len(found[name].failing_keys) == 20


def test_a_few_odd_meters_do_not_stop_a_branch_but_are_named(params, damage, context):
    path = damage(ROW.format("usage_kwh_1m = -50") + ONE)
    result = validate(path, "account_month", params, context)
    check = next(check for check in result.checks if check.name == "usage_not_negative")
    assert check.passed
    assert check.failing_keys == [KEY]
