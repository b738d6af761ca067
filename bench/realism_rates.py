"""Rates of a simulated branch, each measured from its landing folder by one query.

What other sources say of the same rates, and how each measure reads in words, is
docs/realism-ranges.yml; its codes are those of ``RATES``.
"""

from dataclasses import dataclass

import duckdb

from bench.realism_landing import views

# Words that the contract leaves open; the report prints what landed beside them.
RANDOM_CHOICE = "('random', 'periodic', 'routine')"
RULE_CHOICE = "('rule', 'rules', 'suspicion')"
ANALYTICS_CHOICE = "('analytics', 'model', 'lead', 'anomaly')"
NO_UPTAKE = """('declined', 'rejected', 'refused', 'no_answer', 'not_interested', 'no_interest',
    'unsubscribed', 'opted_out', 'complained')"""
LOW_VOLTAGE_BELOW_KVA = 160


@dataclass(frozen=True)
class Rate:
    """``sql`` returns the rate and the number of cases behind it; ``needs`` are its views."""

    needs: tuple[str, ...]
    sql: str


@dataclass(frozen=True)
class Measured:
    """A rate as found; ``value`` is None when it isn't simulated, and ``note`` says why."""

    value: float | None
    cases: int
    note: str = ""


# Bills that a payment can name: an account that ever paid in advance settles from its balance.
_BILLS = """
    bill as (
        select * from billing_bills, span
        where amount_due > 0 and issued_on <= last_day and account_no not in (
            select account_no from billing_payments where bill_no is null)
    ),
    settled as (
        select bill_no, coalesce(sum(amount) filter (paid_at < due_on + interval 1 day), 0)
               as in_time, coalesce(sum(amount) filter (paid_at::date <= last_day), 0) as so_far
        from bill left join billing_payments using (bill_no) group by bill_no
    ),
    owed as (
        select *, greatest(amount_due - so_far, 0) as open_amount,
               issued_on > last_day - 365 as is_of_last_year
        from bill join settled using (bill_no)
    )"""
_BILLING = ("billing_bills", "billing_payments")


def _uptake(condition: str) -> Rate:
    return Rate(
        ("marketing_touches", "marketing_responses", "marketing_campaigns"),
        f"""select avg(coalesce(outcome not in {NO_UPTAKE}, false)::integer), count(*)
        from marketing_touches as touches join marketing_campaigns as campaigns using (campaign_no)
        left join marketing_responses using (touch_no), span
        where arm = 'treated' and sent_at::date <= last_day - 30 and {condition}""",
    )


def _hits(kinds: str) -> Rate:
    return Rate(
        ("process_inspections",),
        f"""select avg((finding = 'theft')::integer), count(*) from process_inspections
        where finding is not null and kind in {kinds}""",
    )


def _connection(size: str) -> Rate:
    return Rate(
        ("process_applications", "process_application_stages"),
        f"""select median(date_diff('second', submitted_at, finished_at) / 86400), count(*)
        from process_applications join process_application_stages using (application_no)
        where kind in ('new', 'increase') and stage = 'energised' and finished_at is not null
            and requested_kva {size} {LOW_VOLTAGE_BELOW_KVA}""",
    )


def _orders(condition: str) -> Rate:
    return Rate(
        ("process_work_orders", "crm_accounts"),
        f"""select 1000 * count(*) / nullif(any_value(accounts) * any_value(years), 0), count(*)
        from process_work_orders, span, (select count(*) as accounts from crm_accounts)
        where {condition}""",
    )


RATES = {
    "late_bills": Rate(
        _BILLING,
        f"with {_BILLS} select avg((in_time < amount_due)::integer), count(*) from owed "
        "where due_on < last_day",
    ),
    "accounts_in_arrears": Rate(
        _BILLING,
        f"""with {_BILLS}, account as (
            select account_no, bool_or(open_amount > 0 and due_on < last_day - 30) as is_behind
            from owed group by account_no having bool_or(is_of_last_year))
        select avg(is_behind::integer), count(*) from account""",
    ),
    "arrears_over_90_days": Rate(
        _BILLING,
        f"""with {_BILLS} select coalesce(sum(open_amount) filter (due_on < last_day - 90), 0)
            / nullif(sum(open_amount), 0), count(*) filter (open_amount > 0) from owed""",
    ),
    "overdue_of_revenue": Rate(
        _BILLING,
        f"""with {_BILLS} select coalesce(sum(open_amount) filter (due_on < last_day - 30), 0)
            / nullif(sum(amount_due) filter (is_of_last_year), 0) * least(1, any_value(years)),
            count(*) from owed""",
    ),
    "retail_market_churn": Rate(
        ("crm_accounts_all",),
        """with version as (
            select *, coalesce(lead(load_date) over line, last_day) - load_date as days,
                   lead(supply_mode) over line as next_mode, lead(status) over line as next_status
            from crm_accounts_all, span where category <> 'residential'
            window line as (partition by account_no order by load_date))
        select count(*) filter (next_mode <> 'retail_market' or next_status = 'closed')
            / nullif(sum(days) / 365.25, 0), count(distinct account_no)
        from version
        where supply_mode = 'retail_market' and status is distinct from 'closed'""",
    ),
    "response_sms": _uptake("touches.channel = 'sms'"),
    "response_phone": _uptake("touches.channel in ('phone', 'call')"),
    "response_app": _uptake("touches.channel in ('app', 'push')"),
    "response_tou_tariff": _uptake("product_code like '%tou%'"),
    "theft_hits_random": _hits(RANDOM_CHOICE),
    "theft_hits_rule": _hits(RULE_CHOICE),
    "theft_hits_analytics": _hits(ANALYTICS_CHOICE),
    "non_technical_loss": Rate(
        ("process_inspections", "grid_transformer_days"),
        """select coalesce(any_value(recovered), 0) / nullif(sum(kwh_supplied), 0)::double,
               any_value(cases)
        from grid_transformer_days, (select sum(recovered_kwh) as recovered, count(*) as cases
            from process_inspections where finding = 'theft')""",
    ),
    "line_loss_low_voltage": Rate(
        ("grid_transformer_days",),
        """select 1 - sum(kwh_sold)::double / nullif(sum(kwh_supplied), 0), count(*)
        from grid_transformer_days where kwh_sold is not null and kwh_supplied > 0""",
    ),
    "complaints": _orders("(category_1 like '%投诉%' or category_1 ilike '%complaint%')"),
    "work_orders": _orders("true"),
    "move_out": Rate(
        ("crm_accounts_all",),
        """with version as (
            select *, customer_no <> lag(customer_no) over line as is_handed_over
            from crm_accounts_all where category = 'residential'
            window line as (partition by account_no order by load_date)),
        account as (
            select account_no, count(*) filter (is_handed_over)
                   + bool_or(coalesce(closed_on between first_day and last_day, false))::integer
                   as ends
            from version, span group by account_no)
        select sum(ends) / nullif(count(*) * any_value(years), 0), count(*) from account, span""",
    ),
    "ev_share": Rate(
        ("crm_accounts", "truth_accounts.archetype"),
        """select nullif(avg((archetype = 'ev_owner')::integer), 0), count(*)
        from truth_accounts join crm_accounts using (account_no) where category = 'residential'""",
    ),
    "pv_share": Rate(
        ("crm_accounts", "ami_meters", "ami_daily_reads"),
        """with account as (
            select account_no, bool_or(coalesce(kwh_export > 0, false)) as has_exported
            from ami_daily_reads join ami_meters using (meter_no)
            join crm_accounts using (account_no)
            where category = 'residential' group by account_no)
        select avg(has_exported::integer), count(*) from account""",
    ),
    "connection_days_low": _connection("<"),
    "connection_days_high": _connection(">="),
    "read_success": Rate(
        ("ami_daily_reads",),
        """with meter as (
            select max(read_date) - min(read_date) + 1 as due,
                   count(*) filter (read_status = 'actual' and kwh_total is not null) as got
            from ami_daily_reads group by meter_no)
        select sum(got) / sum(due), sum(due)::bigint from meter""",
    ),
    "estimated_reads": Rate(
        ("ami_daily_reads",),
        """select avg((read_status in ('estimated', 'substituted'))::integer), count(*)
        from ami_daily_reads where kwh_total is not null""",
    ),
    "outage_minutes": Rate(
        ("grid_outages", "grid_transformers", "ami_meters"),
        """with hit as (
            select outage_no, started_at, ended_at, transformer_no from grid_outages
            where transformer_no is not null
            union all
            select outage_no, started_at, ended_at, transformers.transformer_no
            from grid_outages as outages join grid_transformers as transformers using (feeder_no)
            where outages.transformer_no is null),
        served as (
            select transformer_no, count(*) as meters from ami_meters
            join grid_transformers using (transformer_no) group by transformer_no)
        select sum(date_diff('second', started_at, ended_at) / 60 * meters)
            / nullif((select sum(meters) from served) * any_value(years), 0),
            count(distinct outage_no)
        from hit join served using (transformer_no), span where ended_at is not null""",
    ),
}


def rates(connection: duckdb.DuckDBPyConnection) -> dict[str, Measured]:
    """Every rate of ``RATES`` in the opened landing."""
    present = views(connection)
    names = {*present, *(f"{view}.{column}" for view in present for column in present[view])}
    if "ami_daily_reads" not in present:
        return {code: Measured(None, 0, "no ami/daily_reads: no period") for code in RATES}
    connection.execute("""
        create or replace temp table span as
        select min(read_date) as first_day, max(read_date) as last_day,
               (max(read_date) - min(read_date) + 1) / 365.25 as years from ami_daily_reads
    """)
    result = {}
    for code, rate in RATES.items():
        if missing := [need for need in rate.needs if need not in names]:
            folders = [need.removesuffix("_all").replace("_", "/", 1) for need in missing]
            result[code] = Measured(None, 0, f"no {', '.join(folders)}")
            continue
        value, cases = connection.execute(rate.sql).fetchone()
        found = value is not None and bool(cases)
        note = "" if found else "no case to measure"
        result[code] = Measured(float(value) if found else None, int(cases or 0), note)
    return result
