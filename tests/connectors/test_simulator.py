"""The simulated branch: repeatable, within the contract, and with the defects it says it has."""

import re
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

import contract
from connectors.simulator import SimParams, simulate, truth

SMALL = SimParams(accounts=25, days=70, seed=5, dirt=2)


def landed_files(params):
    return {
        (b.source, b.entity, b.load_date, b.file_stem): b.table.to_pydict()
        for b in simulate(params)
    }


def test_the_same_parameters_give_the_same_bytes(tmp_path, rules):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        writer = contract.LandingWriter(rules, folder)
        for batch in simulate(SMALL):
            writer.write(*batch[:4], batch.file_stem)
    one, two = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.parquet")}
        for folder in folders
    )
    assert one == two
    assert len(one) == len(list(simulate(SMALL))), "two batches share a file name"


@pytest.mark.parametrize("chunk", [1, 7, 10_000])
def test_the_chunk_does_not_matter(chunk):
    assert landed_files(replace(SMALL, chunk=chunk)) == landed_files(SMALL)


def test_another_seed_is_another_branch():
    one, two = landed_files(SMALL), landed_files(replace(SMALL, seed=6))
    reads = next(key for key in one if key[1] == "daily_reads")
    assert one[reads]["kwh_total"] != two[reads]["kwh_total"]
    customers = ("crm", "customers", SMALL.first_day, "part")
    assert set(one[customers]["phone"]).isdisjoint(two[customers]["phone"])


def test_more_accounts_leave_the_first_ones_as_they_are():
    few = replace(SMALL, dirt=0)
    many = replace(few, accounts=40)
    key = ("crm", "accounts", SMALL.first_day, "part")
    one, two = landed_files(few)[key], landed_files(many)[key]
    known = len(one["account_no"])
    assert two["account_no"][:known] == one["account_no"]
    assert two["premise_address"][:known] == one["premise_address"]
    reads = ("ami", "daily_reads", SMALL.day(3), f"reads-{SMALL.day(2):%Y%m%d}")
    one, two = landed_files(few)[reads], landed_files(many)[reads]
    assert two["kwh_total"][: len(one["kwh_total"])] == one["kwh_total"]


def test_one_account_on_one_day_is_a_branch_too():
    files = landed_files(SimParams(accounts=1, days=1, seed=0, dirt=10))
    assert ("org", "tariffs", date(2026, 6, 29), "part") in files


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"accounts": 0}, "accounts"),
        ({"days": 0}, "days"),
        ({"seed": -1}, "seed"),
        ({"dirt": -0.1}, "dirt"),
        ({"chunk": 0}, "chunk"),
        ({"end": date(2031, 6, 30)}, "public holidays"),
        ({"days": 9000}, "public holidays"),
    ],
)
def test_impossible_parameters_are_refused(wrong, word):
    with pytest.raises(ValueError, match=word):
        SimParams(**wrong)


def test_a_clean_branch_keeps_the_contract(clean, tmp_path, rules):
    report = contract.check(rules, clean.write(tmp_path))
    assert not report.breached, report.text()
    entities = {entity.entity: entity for entity in report.entities}
    assert entities["ami/daily_reads"].rows == clean.table("ami/daily_reads").num_rows
    assert not any(entity.notes for entity in report.entities)


def test_a_clean_branch_plants_nothing(clean_params):
    assert set(truth(clean_params)["defects"]["rows"].to_pylist()) == {0}


def test_check_finds_exactly_the_planted_breaches(dirty, tmp_path, rules):
    planted = Counter()
    for row in truth(dirty.params)["defects"].to_pylist():
        if row["column"] and row["rows"]:
            planted[row["entity"], row["column"]] += row["rows"]
    assert len(planted) >= 5, "the branch is too small to test with"
    report = contract.check(rules, dirty.write(tmp_path))
    found = Counter()
    for entity in report.entities:
        for (column, _), rows in entity.totals.items():
            found[entity.entity, column] += rows
    assert found == planted
    assert not report.rejected


def test_soft_defects_land_as_often_as_the_truth_says(dirty):
    table = truth(dirty.params)["defects"].to_pylist()
    planted = {row["kind"]: row["rows"] for row in table if row["entity"] == "ami/daily_reads"}
    reads = dirty.frame("ami/daily_reads")
    assert all(planted.values()), "the branch is too small to test with"
    assert reads["kwh_total"].isna().sum() == planted["failed"]
    assert (reads["kwh_total"] < 0).sum() == planted["negative"]
    assert (reads["read_status"] == "substituted").sum() == planted["substituted"]
    known = reads[reads["meter_no"].notna()]
    columns = ["meter_no", "read_date", "kwh_total", "collected_at"]
    assert known.duplicated(columns).sum() == planted["duplicate"]
    again = known[known["collected_at"].dt.hour == 10]
    assert len(again) == planted["corrected"]
    assert (again["read_status"] == "actual").all()
    keys = known.drop_duplicates(columns)
    assert keys.duplicated(["meter_no", "read_date"]).sum() == planted["corrected"]


def test_a_correction_is_newer_and_lands_later_than_what_it_corrects(dirty):
    reads = dirty.frame("ami/daily_reads").dropna(subset="meter_no")
    again = reads[reads["collected_at"].dt.hour == 10]
    first = reads[reads["collected_at"].dt.hour < 10]
    both = again.merge(first, on=["meter_no", "read_date"], suffixes=("", "_first"))
    assert len(both)
    assert (both["collected_at"] > both["collected_at_first"]).all()
    # A late file may carry the first version on the very day of the correction.
    assert (both["load_date"] >= both["load_date_first"]).all()
    assert (both["read_status_first"] == "estimated").all()


def test_reads_land_the_day_after_and_nothing_lands_after_the_end(clean):
    reads = clean.frame("ami/daily_reads")
    late = (reads["load_date"] - reads["read_date"]).unique()
    assert list(late) == [timedelta(days=1)]
    assert max(batch.load_date for batch in clean.batches) == clean.params.end
    assert reads["read_date"].min() == clean.params.first_day
    assert min(batch.load_date for batch in clean.batches) == clean.params.first_day


def test_nothing_is_landed_before_it_happened(clean):
    for entity, column in [
        ("billing/bills", "issued_on"),
        ("billing/payments", "paid_at"),
        ("billing/collection_actions", "acted_at"),
        ("crm/accounts", "opened_on"),
        ("crm/accounts", "closed_on"),
        ("crm/consents", "changed_at"),
        ("ami/meters", "removed_on"),
    ]:
        rows = clean.frame(entity).dropna(subset=column)
        happened = rows[column].map(lambda at: at.date() if hasattr(at, "hour") else at)
        assert len(rows), entity
        assert (happened <= rows["load_date"]).all(), f"{entity}.{column}"


def test_every_reference_leads_somewhere(clean):
    def values(entity, column):
        return set(clean.table(entity)[column].drop_null().to_pylist())

    for entity, column, to in [
        ("crm/accounts", "customer_no", "crm/customers"),
        ("crm/accounts", "org_code", "org/org_units"),
        ("crm/accounts", "tariff_code", "org/tariffs"),
        ("crm/accounts", "district_code", "external/weather_days"),
        ("crm/contacts", "customer_no", "crm/customers"),
        ("crm/consents", "customer_no", "crm/customers"),
        ("crm/contracts", "account_no", "crm/accounts"),
        ("ami/meters", "account_no", "crm/accounts"),
        ("ami/meters", "transformer_no", "grid/transformers"),
        ("ami/daily_reads", "meter_no", "ami/meters"),
        ("billing/bills", "account_no", "crm/accounts"),
        ("billing/payments", "bill_no", "billing/bills"),
        ("billing/collection_actions", "bill_no", "billing/bills"),
        ("grid/transformers", "feeder_no", "grid/feeders"),
        ("grid/feeders", "substation_no", "grid/substations"),
        ("grid/substations", "org_code", "org/org_units"),
        ("org/staff", "org_code", "org/org_units"),
    ]:
        assert values(entity, column) <= values(to, column), f"{entity}.{column}"
    parents = values("org/org_units", "parent_org_code")
    assert parents <= values("org/org_units", "org_code")


def test_only_orphan_meters_name_an_unknown_account(dirty):
    meters = set(dirty.table("ami/meters")["account_no"].to_pylist())
    accounts = set(dirty.table("crm/accounts")["account_no"].to_pylist())
    orphans = [
        r["account_no"] for r in truth(dirty.params)["accounts"].to_pylist() if r["is_orphan"]
    ]
    assert orphans
    assert meters - accounts == set(orphans)


def test_people_are_invented_and_nobody_shares_a_phone(clean):
    customers, contacts = clean.frame("crm/customers"), clean.frame("crm/contacts")
    phones = [*customers["phone"], *contacts["phone"]]
    assert len(set(phones)) == len(phones)
    assert all(re.fullmatch(r"144\d{8}", phone) for phone in phones)
    weights = [2 ** (17 - place) % 11 for place in range(18)]
    for number in customers["id_no"].dropna():
        # ISO 7064 mod 11-2, the check of GB 11643: the weighted sum leaves a remainder of 1.
        digits = [10 if sign == "X" else int(sign) for sign in number]
        assert sum(d * w for d, w in zip(digits, weights, strict=True)) % 11 == 1
        assert number.startswith("990101")
    assert all(mail.endswith("@example.com") for mail in customers["email"].dropna())
    assert (customers["id_no"].notna() == (customers["legal_form"] == "person")).all()


def test_a_closed_account_is_known_as_open_until_it_closes(clean):
    rows = clean.frame("crm/accounts")
    closed = rows[rows["status"] == "closed"]
    assert len(closed)
    for row in closed.itertuples():
        versions = rows[rows["account_no"] == row.account_no].sort_values("load_date")
        assert versions["status"].tolist() == ["active", "closed"]
        assert row.load_date == row.closed_on + timedelta(days=1)


def test_progress_comes_to_its_end():
    seen = []
    for _ in simulate(SMALL, lambda done, total, name: seen.append((done, total, name))):
        pass
    assert seen[-1] == (70, 70, "2026-06-30")
    assert [done for done, _, _ in seen] == list(range(1, 71))
