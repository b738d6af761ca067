"""`validate`: a sound warehouse passes, wrong use is told, a report is plain values."""

import csv
import json
from dataclasses import asdict
from pathlib import Path

import pytest

from expectations import validate
from expectations.gate import SUITES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("suite", SUITES)
def test_a_sound_table_passes_every_check(params, warehouse, context, suite):
    result = validate(warehouse, suite, params, context)
    assert [check for check in result.checks if not check.passed] == []
    assert result.passed
    assert result.rows == {"lead_candidates": 200, "account_risk": 800}.get(suite, 400)


def test_names_are_unique_and_owners_are_on_the_list(build):
    with (ROOT / "seeds" / "data_owner.csv").open(encoding="utf-8") as file:
        owners = {row["owner"] for row in csv.DictReader(file)}
    for name in SUITES:
        rules = build(name).rules
        assert len({rule.name for rule in rules}) == len(rules)
        assert {rule.owner for rule in rules} <= owners


def test_leads_and_segments_of_other_days_play_no_part(params, damage, context):
    path = damage("""
        insert into marketing.lead_candidate by name
            select * replace (7 as score, date '2025-12-10' as as_of_date)
            from marketing.lead_candidate;
        insert into marketing.customer_segment by name select * replace (
            99 as segment_id, date '2025-12-10' as as_of_date) from marketing.customer_segment;
    """)
    assert validate(path, "lead_candidates", params, context).passed
    assert validate(path, "segments", params, context).passed


@pytest.mark.parametrize("day", [None, "yesterday", "2026-01-10' or true --"])
def test_a_parameter_that_is_no_date_is_refused(params, warehouse, context, day):
    with pytest.raises(ValueError, match="as_of_date"):
        validate(warehouse, "lead_candidates", {**params, "as_of_date": day}, context)


def test_wrong_use_is_told(params, warehouse, context, tmp_path):
    with pytest.raises(ValueError, match=", ".join(SUITES)):
        validate(warehouse, "lead", params, context)
    with pytest.raises(FileNotFoundError, match=r"none\.duckdb"):
        validate(tmp_path / "none.duckdb", "lead_candidates", params, context)


def test_a_report_is_plain_values(params, damage, context):
    path = damage("update customer_360.account_month set quality_score = 2")
    report = json.loads(json.dumps(asdict(validate(path, "account_month", params, context))))
    assert report["passed"] is False
    assert report["table"] == "customer_360.account_month"
