"""A warehouse small enough to read, as publish expects it."""

import duckdb
import pytest


@pytest.fixture
def warehouse(tmp_path):
    """Two public tables and one in the vault."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        for schema in ("marts", "customer_360", "vault"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            "create table marts.dim_account as select * from (values ('A1', 12.50), ('A2', null)) "
            "as t(account_no, contract_capacity_kva)"
        )
        connection.execute("create table customer_360.account_360 as select 'A1' as account_no")
        connection.execute(
            "create table vault.vault_crm__accounts as select '张三' as account_name"
        )
    return path


@pytest.fixture
def tables():
    """What publish is told to publish."""
    return {
        ("marts", "dim_account"): {"comment": "户号维度: it's", "columns": {"account_no": "户号"}},
        ("customer_360", "account_360"): {"comment": "户全景", "columns": {}},
    }
