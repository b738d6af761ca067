"""Suite leads: what must not be handed out is stopped, each defect by its own check."""

import pytest

from expectations import validate

LEAD = "update marketing.lead set {} where account_no "
ONE = "= 'A000007'"
KEY = {"lead_id": "A000007"}
REACH = "update customer_360.account_channel set {} where account_no = 'A000007'"

DEFECTS = [
    ("delete from marketing.lead", {"day_has_leads"}, "marketing", None),
    (
        "update marketing.lead set arm = 'treated', status = 'open' where account_no > 'A000100'",
        {"holdout_is_as_planned"},
        "marketing",
        None,
    ),
    (REACH.format("has_consent = false"), {"open_lead_has_consent"}, "marketing", KEY),
    (
        "delete from customer_360.account_channel where account_no = 'A000007'",
        {"open_lead_has_consent"},
        "marketing",
        KEY,
    ),
    (REACH.format("is_protected = true"), {"nobody_protected"}, "service_desk", KEY),
    (REACH.format("has_open_complaint = true"), {"nobody_protected"}, "service_desk", KEY),
    (
        LEAD.format("customer_id = 'CA000008'") + ONE,
        {"one_offer_a_customer"},
        "marketing",
        KEY,
    ),
    (LEAD.format("expected_value_cny = -1") + ONE, {"value_covers_cost"}, "marketing", KEY),
    (LEAD.format("expected_value_cny = null") + ONE, {"value_covers_cost"}, "marketing", KEY),
    (LEAD.format("channel = 'phone'") + ONE, {"person_has_manager"}, "marketing", KEY),
    (
        LEAD.format("channel = 'phone', staff_no = 'E9'") + ONE,
        {"person_has_manager"},
        "marketing",
        KEY,
    ),
    (LEAD.format("expires_on = date '2026-01-09'") + ONE, {"not_expired"}, "marketing", KEY),
    (LEAD.format("planned_on = date '2026-02-09'") + ONE, {"not_expired"}, "marketing", KEY),
    (
        LEAD.format("feature_month = date '2025-11-01'") + ONE,
        {"made_from_this_month"},
        "marketing",
        KEY,
    ),
    *(
        (LEAD.format(f"reason_1_{c} = ' '") + ONE, {"reason_given"}, "marketing", KEY)
        for c in ("en", "zh")
    ),
]


@pytest.mark.parametrize(
    ("defect", "fail", "owner", "key"),
    DEFECTS,
    ids=[f"{number}-{min(defect[1])}" for number, defect in enumerate(DEFECTS)],
)
def test_a_defect_fails_its_checks_only(assert_fails, defect, fail, owner, key):
    assert_fails("leads", defect, fail, owner, key)


def test_every_check_has_a_defect_that_fails_it(build):
    planted = set().union(*(fail for _, fail, _, _ in DEFECTS))
    assert planted == {rule.name for rule in build("leads").rules}


def test_what_came_up_since_the_plan_was_made_is_no_defect(params, damage, context):
    path = damage(
        REACH.format("has_consent = false")
        + "; "
        + LEAD.format("status = 'consent_withdrawn'")
        + ONE
    )
    assert validate(path, "leads", params, context).passed
