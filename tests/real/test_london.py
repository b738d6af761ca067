"""The main job on the real London meters: every row accounted for, known facts reproduced.

The figures to compare with are those of ../shared/data/README.md and of the published data set.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("WATTLEAD_REAL_DATA", ROOT.parent / "shared" / "data")) / "london_lcl"
READ_ROWS = 2_240_903
HOUSEHOLDS = 3_885

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(
        not DATA.is_dir(),
        reason=f"no London data at {DATA}; set WATTLEAD_REAL_DATA to its parent folder",
    ),
]


def wattlead(*arguments: object) -> str:
    """Standard output of the command; its standard error is shown when it fails."""
    done = subprocess.run(
        [Path(sys.executable).with_name("wattlead"), *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("london")
    wattlead("import", "london", "--from", DATA, "--out", folder / "landing")
    wattlead("run", "--workspace", folder)
    return folder


@pytest.fixture(scope="module")
def published(workspace):
    with duckdb.connect(
        str(workspace / "published" / "wattlead.duckdb"), read_only=True
    ) as connection:
        yield connection


def test_every_landed_read_is_accounted_for(published):
    landed, accepted, duplicate, quarantined, unbalanced = published.execute("""
        select sum(rows_landed), sum(rows_accepted), sum(rows_duplicate), sum(rows_quarantined),
               count(*) filter (where not is_balanced)
        from governance.load_balance where entity = 'daily_reads'
    """).fetchone()
    assert landed == READ_ROWS
    assert accepted + duplicate + quarantined == READ_ROWS
    assert unbalanced == 0
    # Each accepted read is a day of its account; days that nobody read are rows of their own.
    in_mart, null_sums = published.execute("""
        select count(*) filter (where has_read), count(*) filter (where has_read and is_missing)
        from marts.fct_account_day
    """).fetchone()
    assert in_mart == accepted
    assert null_sums == 23


def test_use_falls_as_it_gets_warmer(published):
    (correlation,) = published.execute("""
        select corr(mean_kwh, t_mean_c) from (
            select d.day, avg(d.usage_kwh) as mean_kwh, any_value(w.t_mean_c) as t_mean_c
            from marts.fct_account_day d join marts.dim_weather_day w on w.day = d.day
            where d.is_usable group by d.day having count(*) >= 100
        )
    """).fetchone()
    assert -0.95 < correlation < -0.80


def test_use_rises_with_the_affluence_of_the_acorn_group(published):
    groups = [
        group
        for (group, _) in published.execute("""
            select a.source_group_code, avg(d.usage_kwh) as kwh
            from marts.fct_account_day d join marts.dim_account a using (account_no)
            where d.is_usable and a.source_group_code in ('Adversity', 'Comfortable', 'Affluent')
            group by 1 order by kwh
        """).fetchall()
    ]
    assert groups == ["Adversity", "Comfortable", "Affluent"]


def test_every_household_has_one_segment_and_the_split_is_stable(published):
    accounts, scored = published.execute(
        "select count(*), count(segment_id) from marketing.customer_segment"
    ).fetchone()
    assert accounts == HOUSEHOLDS
    assert scored > 0.9 * HOUSEHOLDS
    (metrics,) = published.execute(
        "select metrics from marketing.model_card where model_name = 'segments'"
    ).fetchone()
    assert json.loads(metrics)["bootstrap_ari_mean"] >= 0.8


def test_leads_have_reasons_in_both_languages_and_nobody_may_be_called(published):
    rows = published.execute("""
        select product_code, count(*), min(score), max(score),
               bool_and(reason_1_en <> '' and reason_1_zh <> ''), bool_or(is_contactable)
        from marketing.lead_candidate group by 1
    """).fetchall()
    products = {row[0] for row in rows}
    assert {"electric_heating", "efficiency_audit", "retention"} <= products
    for product, count, low, high, has_reasons, contactable in rows:
        assert count > 0 and 0 <= low <= high <= 1 and has_reasons, product
        # London came without consents, so no lead may be contacted.
        assert not contactable, product


def test_what_london_lacks_stays_empty(published):
    billed, shares = published.execute("""
        select count(billed_cny_12m), count(peak_share_12m) from customer_360.account_month
    """).fetchone()
    assert (billed, shares) == (0, 0)


def test_running_again_changes_nothing(workspace):
    before = wattlead("checksum", "--workspace", workspace)
    wattlead("run", "--workspace", workspace)
    assert wattlead("checksum", "--workspace", workspace) == before
