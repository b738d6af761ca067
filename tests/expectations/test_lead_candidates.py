"""Suite leads: each planted defect fails the checks that are about it, and no other."""

import pytest

from expectations import validate

LEAD = "update marketing.lead_candidate set {} where product_code = 'EV' and account_no "
ONE = "= 'A000007'"
LEAD_KEY = {"account_no": "A000007", "product_code": "EV"}

# Defect, the checks that must fail (all of them), the first one's owner, a key they must name.
DEFECTS = [
    ("delete from marketing.lead_candidate", {"day_has_leads"}, "marketing", None),
    *(
        (LEAD.format(f"score = {value}") + ONE, {"score_is_share"}, "marketing", LEAD_KEY)
        for value in ("null", "1.01", "-0.01")
    ),
    (
        "insert into marketing.lead_candidate by name select * replace (101 as rank) "
        "from marketing.lead_candidate "
        "where product_code = 'EV' and account_no = 'A000007'",
        {"lead_unique"},
        "marketing",
        LEAD_KEY,
    ),
    *(
        (LEAD.format(f"rank = {rank}") + ONE, {"rank_without_gap"}, "marketing", LEAD_KEY)
        for rank in (300, 9, "null")
    ),
    *(
        (
            LEAD.format(f"reason_1_{language} = {value}") + ONE,
            {"reason_given"},
            "marketing",
            LEAD_KEY,
        )
        for language, value in (("en", "null"), ("zh", "'  '"))
    ),
    (
        "delete from customer_360.account_month where account_no = 'A000007'",
        {"account_in_account_month"},
        "marketing",
        LEAD_KEY,
    ),
    (
        "update marts.dim_account set closed_on = date '2026-01-09' where account_no = 'A000007'",
        {"account_open"},
        "customer_data",
        LEAD_KEY,
    ),
    *(
        (
            LEAD.format(f"{column} = '{text}'") + ONE,
            {"reasons_without_personal_data"},
            "marketing",
            LEAD_KEY,
        )
        for column, text in (
            ("reason_1_zh", "请致电13800138000联系"),
            ("reason_2_en", "call 138-0013-8000 soon"),
            ("reason_3_zh", "电话１３８００１３８０００"),
            ("reason_3_en", "holder 11010119900307123X"),
        )
    ),
]


@pytest.mark.parametrize(
    ("defect", "fail", "owner", "key"),
    DEFECTS,
    ids=[f"{number}-{min(defect[1])}" for number, defect in enumerate(DEFECTS)],
)
def test_a_defect_fails_its_checks_only(assert_fails, defect, fail, owner, key):
    assert_fails("lead_candidates", defect, fail, owner, key)


def test_every_check_has_a_defect_that_fails_it(build):
    planted = set().union(*(fail for _, fail, _, _ in DEFECTS))
    assert planted == {rule.name for rule in build("lead_candidates").rules}


def test_numbers_that_are_not_personal_pass(params, damage, context):
    text = "Used 13800138.000 kWh in 2025; code 913800138000; 1380013800 and 2025-12-01"
    path = damage(LEAD.format(f"reason_2_en = '{text}'") + ONE)
    assert validate(path, "lead_candidates", params, context).passed
