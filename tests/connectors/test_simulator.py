"""The simulated branch: repeatable, within the contract, and with the defects it says it has."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import contract
from connectors.simulator import SimParams, simulate
from tests.connectors.conftest import Landed

SMALL = SimParams(accounts=60, days=70, seed=5, dirt=2)
THREE_BLOCKS = SimParams(accounts=1100, days=40, seed=5, dirt=2)


def test_the_same_parameters_give_the_same_bytes(tmp_path, rules):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        Landed(SMALL).write(folder)
    one, two = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.parquet")}
        for folder in folders
    )
    assert one == two
    assert len(one) == len(Landed(SMALL).batches), "two batches share a file name"


@pytest.mark.parametrize("chunk", [1, 501])
def test_the_chunk_changes_no_row(chunk):
    whole, cut = Landed(THREE_BLOCKS), Landed(replace(THREE_BLOCKS, chunk=chunk))
    assert len(cut.batches) > len(whole.batches)
    assert cut.content() == whole.content()
    assert cut.attachments == whole.attachments


def test_another_seed_is_another_branch():
    one, two = Landed(SMALL), Landed(replace(SMALL, seed=6))
    same = {name for name, value in one.content().items() if two.content().get(name) == value}
    for name in ("ami_daily_reads", "crm_accounts", "external_weather_days", "truth_uplift"):
        assert name not in same
    phones = [set(b.sql("select phone from crm_customers")) for b in (one, two)]
    assert phones[0].isdisjoint(phones[1])


def test_more_accounts_leave_the_first_ones_as_they_are():
    few, many = (Landed(replace(SMALL, accounts=n)) for n in (60, 700))
    for table, key in [
        ("ami_daily_reads", "meter_no"),
        ("billing_bills", "account_no"),
        ("billing_payments", "account_no"),
        ("marketing_touches", "account_no"),
        ("crm_accounts", "account_no"),
        ("truth_accounts", "account_no"),
    ]:
        last = few.one(f"select max({key}) from {table}")
        query = f"select count(*), sum(hash({table})::hugeint) from {table} where {key} <= '{last}'"
        assert few.sql(query) == many.sql(query), table
        assert few.sql(query)[0][0]


@settings(max_examples=25, deadline=None)
@given(
    accounts=st.integers(1, 4),
    days=st.integers(1, 100),
    seed=st.integers(0, 2**62),
    dirt=st.sampled_from([0, 1, 3]),
    end=st.dates(date(2016, 1, 1), date(2026, 12, 31)),
)
def test_the_smallest_branches_keep_their_promises(accounts, days, seed, dirt, end):
    landed = Landed(SimParams(accounts=accounts, days=days, seed=seed, dirt=dirt, end=end))
    assert landed.one("select count(*) from org_tariffs")
    assert landed.one("select count(*) from truth_accounts") == accounts
    loads = {batch.load_date for batch in landed.batches}
    assert min(loads) == landed.params.first_day and max(loads) <= end


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"accounts": 0}, "accounts"),
        ({"days": 0}, "days"),
        ({"seed": -1}, "seed"),
        ({"dirt": -0.1}, "dirt"),
        ({"dirt": 3.1}, "dirt"),
        ({"chunk": 0}, "chunk"),
        ({"end": date(2031, 6, 30)}, "public holidays"),
        ({"days": 9000}, "public holidays"),
        ({"days": 10**11}, "public holidays"),
        ({"end": date(1, 1, 1)}, "public holidays"),
    ],
)
def test_impossible_parameters_are_refused(wrong, word):
    with pytest.raises(ValueError, match=word):
        SimParams(**wrong)


def test_a_clean_branch_keeps_the_contract_and_has_every_entity(clean, tmp_path, rules):
    report = contract.check(rules, clean.write(tmp_path))
    assert not report.breached, report.text()
    landed = {entity.entity for entity in report.entities if entity.rows}
    assert landed == {entity.folder for entity in rules.entities}
    assert not any(entity.notes for entity in report.entities)


def test_nothing_lands_before_the_first_day_or_after_the_end(dirty):
    days = [batch.load_date for batch in dirty.batches]
    assert min(days) == dirty.params.first_day
    assert max(days) <= dirty.params.end


def test_what_lands_had_happened(clean):
    for table, moment in [
        ("billing_payments", "paid_at"),
        ("marketing_responses", "responded_at"),
        ("process_work_orders", "created_at"),
        ("process_work_orders", "closed_at"),
        ("process_applications", "submitted_at"),
        ("process_application_stages", "finished_at"),
        ("billing_collection_actions", "acted_at"),
        ("grid_outages", "ended_at"),
        ("process_inspections", "inspected_at"),
        ("crm_consents", "changed_at"),
        ("ami_load_curves", "read_at"),
    ]:
        early = f"select count(*) from {table} where {moment} >= load_date + interval 1 day"
        assert clean.one(early) == 0, table


def test_dirt_zero_plants_no_dirt(clean):
    planted = dict(
        clean.sql("select entity || '.' || kind, sum(rows) from truth_defects group by 1")
    )
    # Faults of the grid and of communication are part of a clean branch.
    natural = {"ami/daily_reads.failed", "ami/daily_reads.missing"}
    assert {kind for kind, rows in planted.items() if rows} <= natural
    assert clean.one("select count(*) from truth_report_discrepancies") == 0


def test_check_finds_exactly_the_planted_breaches(dirty, tmp_path, rules):
    planted = Counter()
    for entity, column, rows in dirty.sql(
        'select entity, "column", rows from truth_defects where "column" is not null and rows > 0'
    ):
        planted[entity, column] += rows
    assert len(planted) == 6, planted
    report = contract.check(rules, dirty.write(tmp_path))
    found = Counter()
    for entity in report.entities:
        for (column, _), rows in entity.totals.items():
            found[entity.entity, column] += rows
    assert found == planted
    assert not report.rejected


def test_soft_defects_land_as_often_as_the_truth_says(dirty):
    planted = dict(
        dirty.sql("select kind, rows from truth_defects where entity = 'ami/daily_reads'")
    )
    assert all(planted.values()), "the branch is too small to test with"
    found = dict(
        dirty.sql("""
        with known as (select * from ami_daily_reads where meter_no is not null),
        distinct_rows as (
            select distinct meter_no, read_date, kwh_total, collected_at from known
        )
        select 'failed', count(*) from ami_daily_reads where kwh_total is null
        union all select 'negative', count(*) from ami_daily_reads where kwh_total < 0
        union all select 'substituted', count(*) from ami_daily_reads
            where read_status = 'substituted'
        union all select 'corrected', count(*) from known where hour(collected_at) = 10
        union all select 'duplicate', (select count(*) from known) - count(*) from distinct_rows
        """)
    )
    assert {kind: planted[kind] for kind in found} == found


def test_the_truth_names_every_dirty_read(dirty):
    rows = dirty.sql("""
        select kind, count(*) filter (r.kwh_total > 2000 * usual.kwh / 1000), count(*)
        from truth_read_defects
        join ami_daily_reads as r using (meter_no, read_date)
        join (
            select meter_no, median(kwh_total) as kwh from ami_daily_reads group by all
        ) as usual using (meter_no)
        where kind = 'watt_hours' and usual.kwh > 1
        group by all
    """)
    ((_, large, count),) = rows
    # A thousand times a day's use; on few days nearly nothing was used.
    assert count > 10 and large / count > 0.9
    statuses = dirty.sql("""
        select distinct r.read_status from truth_read_defects
        join ami_daily_reads as r using (meter_no, read_date) where kind = 'bad_status'
    """)
    assert statuses == [("manual",)]


def test_the_truth_names_every_other_dirty_row(dirty):
    named = dict(dirty.sql("select entity || '.' || kind, count(*) from truth_dirt group by 1"))
    counted = dict(
        dirty.sql("""
        select entity || '.' || kind, rows from truth_defects
        where entity not in ('ami/daily_reads', 'ami/meters')
        """)
    )
    found = dict(
        dirty.sql("""
        select 'crm/accounts.unknown_category', count(*) from crm_accounts
            where category = 'street_light'
        union all select 'billing/bills.null_amount', count(*) from billing_bills
            where amount_due is null
        union all select 'billing/payments.null_time', count(*) from billing_payments
            where paid_at is null
        union all select 'billing/payments.duplicate', count(*) - count(distinct payment_no)
            from billing_payments
        union all select 'billing/payments.unknown_bill', count(*) from billing_payments
            where bill_no not in (select bill_no from billing_bills)
        union all select 'external/weather_days.impossible_humidity', count(*)
            from external_weather_days where humidity > 100
        """)
    )
    late = named.pop("ami/daily_reads.late_file")
    assert named.pop("crm/customers.mojibake") == counted.pop("crm/customers.mojibake") > 0
    assert named == counted == found and all(found.values())
    assert late == dirty.one("""
        select count(distinct read_date) from (
            select read_date, min(load_date) as load_date from ami_daily_reads group by 1)
        where load_date > read_date + 1
    """)
    untimed = dirty.one("""
        select count(*) from truth_dirt join billing_payments on key = payment_no
        where kind = 'null_time' and paid_at is null
    """)
    assert untimed == named["billing/payments.null_time"] > 0


def test_a_correction_is_newer_and_lands_later_than_what_it_corrects(dirty):
    rows = dirty.sql("""
        select again.collected_at > first.collected_at, again.load_date >= first.load_date,
            first.read_status, again.read_status, again.kwh_total <> first.kwh_total
        from ami_daily_reads as again
        join ami_daily_reads as first using (meter_no, read_date)
        where hour(again.collected_at) = 10 and hour(first.collected_at) < 10
    """)
    assert len(rows) > 20
    assert {row[:4] for row in rows} == {(True, True, "estimated", "actual")}
    assert sum(row[4] for row in rows) / len(rows) > 0.9


@pytest.mark.parametrize(
    ("child", "parent", "key"),
    [
        ("ami_meters", "grid_transformers", "transformer_no"),
        ("ami_daily_reads", "ami_meters", "meter_no"),
        ("ami_load_curves", "ami_meters", "meter_no"),
        ("ami_meter_events", "ami_meters", "meter_no"),
        ("ami_meters", "crm_accounts", "account_no"),
        ("billing_bills", "crm_accounts", "account_no"),
        ("billing_payments", "billing_bills", "bill_no"),
        ("billing_collection_actions", "billing_bills", "bill_no"),
        ("billing_balances", "crm_accounts", "account_no"),
        ("crm_accounts", "crm_customers", "customer_no"),
        ("crm_consents", "crm_customers", "customer_no"),
        ("crm_contacts", "crm_customers", "customer_no"),
        ("crm_contracts", "crm_accounts", "account_no"),
        ("crm_accounts", "org_org_units", "org_code"),
        ("crm_accounts", "org_tariffs", "tariff_code"),
        ("grid_transformers", "grid_feeders", "feeder_no"),
        ("grid_feeders", "grid_substations", "substation_no"),
        ("grid_transformer_days", "grid_transformers", "transformer_no"),
        ("grid_outages", "grid_feeders", "feeder_no"),
        ("grid_outages", "grid_transformers", "transformer_no"),
        ("marketing_touches", "marketing_campaigns", "campaign_no"),
        ("marketing_touches", "crm_accounts", "account_no"),
        ("marketing_touches", "org_staff", "staff_no"),
        ("marketing_responses", "marketing_touches", "touch_no"),
        ("marketing_enrolments", "org_products", "product_code"),
        ("process_work_orders", "crm_accounts", "account_no"),
        ("process_application_stages", "process_applications", "application_no"),
        ("process_application_stages", "org_staff", "staff_no"),
        ("process_inspections", "crm_accounts", "account_no"),
        ("documents_files", "crm_accounts", "account_no"),
        ("reports_branch_months", "org_org_units", "org_code"),
    ],
)
def test_every_key_is_known_in_a_clean_branch(clean, child, parent, key):
    lost = f"select count({key}) from {child} where {key} not in (select {key} from {parent})"
    assert clean.one(lost) == 0
    assert clean.one(f"select count({key}) from {child}") > 0


def test_only_orphan_meters_name_an_unknown_account(dirty):
    orphans = dirty.one("select count(*) from truth_accounts where is_orphan")
    unknown = dirty.one("""
        select count(distinct meter_no) from ami_meters
        where account_no not in (select account_no from crm_accounts)
    """)
    assert orphans == unknown > 0


def test_people_are_invented(clean):
    assert (
        clean.one("select count(*) from crm_customers where phone not similar to '144[0-9]{8}'")
        == 0
    )
    assert clean.one("select count(*) from crm_customers where email not like '%@example.com'") == 0
    weights = [2 ** (17 - place) % 11 for place in range(18)]
    numbers = clean.sql("select id_no from crm_customers where id_no is not null")
    assert len(numbers) > 1000
    for (number,) in numbers:
        # ISO 7064 mod 11-2, the check of GB 11643: the weighted sum leaves a remainder of 1.
        digits = [10 if sign == "X" else int(sign) for sign in number]
        assert sum(d * w for d, w in zip(digits, weights, strict=True)) % 11 == 1
        assert number.startswith("990101")


def test_progress_rises_to_its_end():
    seen = []
    params = replace(THREE_BLOCKS, days=3, chunk=500)
    list(simulate(params, lambda done, total, what: seen.append((done, total))))
    assert seen == sorted(seen) and len(seen) == 6
    assert seen[-1] == (1100, 1100)
