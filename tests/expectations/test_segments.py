"""Suite segments: each planted defect fails the checks that are about it, and no other."""

import pytest

from expectations import validate

SEGMENT = "update marketing.customer_segment set {} where account_no "
ONE = "= 'A000007'"
KEY = {"account_no": "A000007"}

# Defect, the checks that must fail (all of them), the first one's owner, a key they must name.
DEFECTS = [
    (
        "insert into customer_360.account_360 values ('A999999')",
        {"every_account_has_row"},
        "marketing",
        {"account_no": "A999999"},
    ),
    (
        "insert into marketing.customer_segment select * from marketing.customer_segment "
        "where account_no = 'A000007'",
        {"account_unique"},
        "marketing",
        KEY,
    ),
    (
        "delete from customer_360.account_360 where account_no = 'A000007'",
        {"account_in_account_360"},
        "marketing",
        KEY,
    ),
    (SEGMENT.format("segment_id = 9") + ONE, {"segment_in_profile"}, "marketing", KEY),
    *(
        (
            SEGMENT.format(f"segment_name_{c} = ''") + ONE,
            {"segment_named"},
            "marketing",
            KEY,
        )
        for c in ("en", "zh")
    ),
    (
        SEGMENT.format("segment_id = null") + "< 'A000100'",
        {"unscored_below_fifth"},
        "metering",
        KEY,
    ),
    (
        SEGMENT.format("segment_id = null") + "< 'A000210'",
        {"unscored_below_half", "unscored_below_fifth"},
        "metering",
        KEY,
    ),
    (
        "insert into marketing.segment_profile values (4, 'S4', 'mean')",
        {"smallest_segment_usable"},
        "marketing",
        None,
    ),
]


@pytest.mark.parametrize(
    ("defect", "fail", "owner", "key"),
    DEFECTS,
    ids=[f"{number}-{min(defect[1])}" for number, defect in enumerate(DEFECTS)],
)
def test_a_defect_fails_its_checks_only(assert_fails, defect, fail, owner, key):
    assert_fails("segments", defect, fail, owner, key)


def test_every_check_has_a_defect_that_fails_it(build):
    planted = set().union(*(fail for _, fail, _, _ in DEFECTS))
    assert planted == {rule.name for rule in build("segments").rules}


def test_a_branch_too_young_for_a_model_is_published_as_unscored(params, damage, context):
    path = damage(
        "delete from marketing.segment_profile; "
        "update marketing.customer_segment set segment_id = null, segment_code = 'unscored'"
    )
    result = validate(path, "segments", params, context)
    assert result.passed
    assert {c.name for c in result.checks if not c.passed} == {"unscored_below_fifth"}


def test_a_profile_that_was_lost_stops_the_segments(params, damage, context):
    result = validate(damage("delete from marketing.segment_profile"), "segments", params, context)
    assert {c.name for c in result.checks if not c.passed} == {"segment_in_profile"}
    assert not result.passed
