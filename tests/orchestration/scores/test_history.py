"""What the response model may learn from."""

from datetime import date

import duckdb

from orchestration.scores.history import history
from orchestration.workspace import Workspace


def test_a_touch_that_another_campaign_mixed_with_teaches_nothing(tmp_path):
    """A, held out, was treated for the same product 40 days later; B's other touch was for another
    product, C's 70 days later, and D's was held out too."""
    workspace = Workspace.at(tmp_path)
    workspace.prepare()
    with duckdb.connect(str(workspace.warehouse)) as connection:
        connection.execute("""
            create schema customer_360; create schema marts;
            create table customer_360.account_month as
                select account_no, date '2024-01-01' as month, date '2024-01-31' as month_end,
                    'T' as tariff_code, 1 as touches_3m
                from (values ('A'), ('B'), ('C'), ('D')) as t(account_no);
            create table marts.dim_tariff as
                select 'T' as tariff_code, 'flat' as kind, date '2020-01-01' as valid_from;
            create table marts.fct_enrolment as
                select 'A' as account_no, 'ev' as product_code, date '2024-02-20' as start_on;
            create table customer_360.touch_outcome as
                select touch_no, 'C' as campaign_no, account_no, product_code, 'sms' as channel,
                    is_treated, clock_on::timestamp as sent_at, false as is_refused,
                    false as is_opt_out, date '2024-01-01' as feature_month,
                    false as is_enrolled_in_time, false as was_enrolled, clock_on::date as clock_on
                from (values
                    ('a', 'A', 'ev', false, '2024-02-05'), ('a2', 'A', 'ev', true, '2024-03-16'),
                    ('b', 'B', 'ev', false, '2024-02-05'), ('b2', 'B', 'pv', true, '2024-03-16'),
                    ('c', 'C', 'ev', false, '2024-02-05'), ('c2', 'C', 'ev', true, '2024-04-15'),
                    ('d', 'D', 'ev', true, '2024-02-05'), ('d2', 'D', 'ev', false, '2024-06-15')
                ) as t(touch_no, account_no, product_code, is_treated, clock_on);
        """)
    touches = history(workspace, date(2024, 12, 1)).touches
    # a2 stays: the touch beside it was held out, so nothing but a2 worked.
    assert touches["touch_no"].tolist() == ["a2", "b", "b2", "c", "c2", "d", "d2"]
    assert touches["known_months"].tolist() == [1] * 7
