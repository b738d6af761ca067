"""What scoring reads: the newest month, and who has closed since."""

import duckdb

from orchestration.scores.files import newest_month, seed
from orchestration.workspace import Workspace


def test_whoever_closed_after_the_newest_month_gets_no_lead_but_keeps_the_months_segment(tmp_path):
    workspace = Workspace.at(tmp_path)
    workspace.warehouse.parent.mkdir(parents=True)
    with duckdb.connect(str(workspace.warehouse)) as connection:
        connection.execute("""
            create schema customer_360; create schema marts;
            create table customer_360.account_month as
                select account_no, date '2024-05-01' as month, 'T' as tariff_code,
                    false as is_closed
                from (values ('A'), ('B')) as t(account_no);
            create table customer_360.account_360 as
                select account_no, account_no = 'A' as is_closed, 'c' as customer_id
                from (values ('A'), ('B')) as t(account_no);
            create table marts.fct_rate_saving as select 'B' as account_no,
                5.0 as tou_saving_cny, null as capacity_billing_saving_cny,
                null as power_factor_saving_cny;
            create table marts.dim_tariff as
                select 'T' as tariff_code, 'flat' as kind, date '2020-01-01' as valid_from;
        """)
    features = newest_month(workspace)
    assert features["account_no"].tolist() == ["A", "B"]
    assert features["known_months"].tolist() == [1, 1]
    assert features["is_closed"].tolist() == [False, False]
    assert features["tou_saving_cny"].tolist()[1] == 5
    assert features["is_closed_now"].tolist() == [True, False]
    rules = seed("lead_eligibility")
    closed = rules[rules["any_of"] == "open"]
    assert set(closed["column_name"]) == {"is_closed_now"}
    assert set(closed["product_code"]) == set(seed("lead_product")["product_code"])
