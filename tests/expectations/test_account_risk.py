"""Suite account_risk: each planted defect fails the checks that are about it, and no other."""

import pytest

from expectations import validate

ROW = "update marketing.account_risk set {} where model_name = 'churn' and account_no = 'A000007'"
KEY = {"account_no": "A000007", "model_name": "churn"}

# Defect, the checks that must fail (all of them), the first one's owner, a key they must name.
DEFECTS = [
    ("delete from marketing.account_risk", {"day_has_scores"}, "marketing", None),
    (ROW.format("probability = null"), {"probability_is_share"}, "marketing", KEY),
    (
        ROW.format("probability = 1.01"),
        {"probability_is_share", "rank_follows_probability"},
        "marketing",
        KEY,
    ),
    (
        "insert into marketing.account_risk by name select * replace (401 as rank) "
        "from marketing.account_risk where model_name = 'churn' and account_no = 'A000007'",
        {"account_once_a_model"},
        "marketing",
        KEY,
    ),
    *(
        (ROW.format(change), {"rank_follows_probability"}, "marketing", KEY)
        for change in ("rank = 500", "rank = null", "probability = 0.6")
    ),
    *(
        (ROW.format(f"amount_at_risk_cny = {value}"), {"amount_not_negative"}, "billing", KEY)
        for value in ("null", "-0.01")
    ),
    *(
        (ROW.format(f"{column} = null"), {"advice_given"}, "marketing", KEY)
        for column in ("advice_code", "advice_label_zh")
    ),
    (
        "update marts.dim_account set closed_on = date '2026-01-09' where account_no = 'A000007'",
        {"account_open"},
        "customer_data",
        KEY,
    ),
    (
        ROW.format("feature_month = date '2025-11-01'"),
        {"scores_are_of_the_month"},
        "marketing",
        KEY,
    ),
    *(
        (ROW.format(f"{column} = '{text}'"), {"reasons_without_personal_data"}, "marketing", KEY)
        for column, text in (
            ("reason_2_zh", "请致电13800138000联系"),
            ("change_en", "call 138-0013-8000 soon"),
        )
    ),
    (ROW.format("reason_1_en = ' '"), {"listed_has_reason"}, "marketing", KEY),
    (
        "update marketing.model_drift set is_drifted = true",
        {"inputs_and_scores_hold_still"},
        "marketing",
        None,
    ),
    (
        "update marketing.model_performance set is_worse = true",
        {"performance_holds"},
        "marketing",
        None,
    ),
]


@pytest.mark.parametrize(("defect", "fail", "owner", "key"), DEFECTS)
def test_a_defect_fails_its_checks(assert_fails, defect, fail, owner, key):
    assert_fails("account_risk", defect, fail, owner, key)


def test_a_sound_list_passes(params, warehouse, context):
    assert all(
        check.passed for check in validate(warehouse, "account_risk", params, context).checks
    )


def test_every_check_has_a_defect_that_fails_it(build):
    planted = set().union(*(fail for _, fail, _, _ in DEFECTS))
    assert planted == {rule.name for rule in build("account_risk").rules}


def test_what_another_month_said_is_no_warning(params, damage, context):
    path = damage(
        "update marketing.model_drift set is_drifted = true, feature_month = date '2025-11-01'"
    )
    result = validate(path, "account_risk", params, context)
    assert all(check.passed for check in result.checks)
