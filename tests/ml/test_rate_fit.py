"""A package's bill by hand, who may choose it, and files that can't be used."""

import pandas as pd
import pytest
import yaml

from ml.rate_fit import PackageError, gains, package_bills, package_fit, read_package
from orchestration.whatif import load_package

NIGHT = {
    "name": "Night",
    "label_zh": "夜间套餐",
    "categories": ["residential"],
    "prices_cny_per_kwh": {"peak": 0.8, "flat": 0.5, "valley": 0.2},
    "levy_cny_per_kwh": 0.0274,
    "fixed_fee_cny_per_month": 5,
}
DEMAND = {
    "name": "Demand",
    "categories": ["industrial"],
    "voltages_kv": [10],
    "prices_cny_per_kwh": {"flat": 0.5},
    "demand_cny_per_kw_month": 38,
}


def basis(**changes):
    row = {
        "account_no": "A", "month": pd.Timestamp("2026-01-01"), "usage_kwh": 100.01,
        "sharp_kwh": None, "peak_kwh": 10.0, "flat_kwh": 20.01, "valley_kwh": 70.0,
        "has_registers": True, "contract_capacity_kva": 50.0, "demand_kw": 40.25,
        "adjustment_share": None, "current_bill_cny": 55.0,
    }  # fmt: skip
    return pd.DataFrame([{**row, **changes}])


@pytest.mark.parametrize(
    ("package", "changes", "cents", "reason"),
    [
        # 8.00 + 10.005 + 14.00 = 32.005, half up 32.01; levies 2.74; fee 5.
        (NIGHT, {}, 3975, None),
        (NIGHT, {"has_registers": False}, None, "no_registers"),
        (NIGHT, {"sharp_kwh": 0.01}, None, "other_windows"),
        (NIGHT, {"usage_kwh": None, "has_registers": False}, None, "no_reads"),
        # Energy 50.01 (50.005 half up), demand 1529.50, a twentieth of both 78.98.
        (DEMAND, {"adjustment_share": 0.05}, 165849, None),
        # A rebate of 0.75 %: 11.846… is 11.85.
        (DEMAND, {"adjustment_share": -0.0075}, 156766, None),
        (DEMAND, {"has_registers": False, "sharp_kwh": 1}, 157951, None),
        (DEMAND, {"demand_kw": None}, None, "no_demand"),
    ],
)
def test_a_months_bill_by_hand(package, changes, cents, reason):
    found = package_bills(basis(**changes), read_package(package)).iloc[0]
    assert (None if pd.isna(found["cents"]) else found["cents"]) == cents
    assert (None if pd.isna(found["missing_reason"]) else found["missing_reason"]) == reason


def test_energy_too_large_to_be_billed_exactly_is_refused():
    package = read_package({**DEMAND, "prices_cny_per_kwh": {"flat": 10}})
    assert package_bills(basis(usage_kwh=4e7), package)["cents"].iloc[0] == 40_000_152_950
    with pytest.raises(PackageError, match="too much to be billed exactly"):
        package_bills(basis(usage_kwh=5e7), package)


def test_who_may_choose_and_who_gains():
    table = pd.concat(
        [
            basis(),
            basis(month=pd.Timestamp("2026-02-01"), has_registers=False),
            basis(month=pd.Timestamp("2026-03-01"), current_bill_cny=None),
            basis(account_no="B", current_bill_cny=30.0),
            basis(account_no="C", has_registers=False),
            basis(account_no="D"),
        ],
        ignore_index=True,
    )
    accounts = pd.DataFrame(
        {
            "account_no": ["A", "B", "C", "D"],
            "category": ["residential"] * 3 + ["commercial"],
            "voltage_kv": [0.22, 0.22, None, 0.22],
        }
    )
    package = read_package(NIGHT)
    fit = package_fit(package_bills(table, package), accounts, package).set_index("account_no")
    assert list(fit.index) == ["A", "B", "C"]
    assert fit.loc["A", ["months_billed", "months_used"]].tolist() == [3, 1]
    amounts = fit.loc["A", ["bill_cny", "current_bill_cny", "saving_cny"]].tolist()
    assert amounts == [39.75, 55.0, 15.25]
    assert fit.loc["B", "saving_cny"] == -9.75
    assert pd.isna(fit.loc["C", "saving_cny"]) and fit.loc["C", "missing_reason"] == "no_registers"
    total = gains(fit.reset_index(), pd.Series(["x", "x", "x"])).iloc[0].to_dict()
    assert total == {
        "group": "x", "accounts": 3, "computed": 2, "gainers": 1, "losers": 1, "saved_cny": 15.25,
        "lost_cny": 9.75, "branch_if_all_cny": -5.5, "branch_if_gainers_cny": -15.25,
    }  # fmt: skip
    at_ten = read_package({**NIGHT, "voltages_kv": [10]})
    assert package_fit(package_bills(table, at_ten), accounts, at_ten).empty


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": None}, "name: is missing"),
        ({"price": 1}, "price: no such field"),
        ({"categories": ["households"]}, "categories: must be a list of residential"),
        ({"prices_cny_per_kwh": {"night": 0.2}}, "by sharp, peak, flat, valley"),
        ({"prices_cny_per_kwh": {"peak": 0.2}}, "a single price is flat"),
        ({"prices_cny_per_kwh": {"flat": "cheap"}}, "prices_cny_per_kwh.flat: 'cheap'"),
        ({"prices_cny_per_kwh": {"flat": None}}, "prices_cny_per_kwh.flat: is empty"),
        ({"prices_cny_per_kwh": {"flat": 620}}, "from 0 to 10 "),
        ({"levy_cny_per_kwh": -0.1}, "levy_cny_per_kwh: -0.1"),
        ({"levy_cny_per_kwh": float("nan")}, "levy_cny_per_kwh: nan"),
        ({"fixed_fee_cny_per_month": 0.1234567}, "at most six decimals"),
        ({"capacity_cny_per_kva_month": 1, "demand_cny_per_kw_month": 2}, "not beside"),
    ],
)
def test_a_package_that_cannot_be_used_says_why(changes, told):
    with pytest.raises(PackageError, match=told):
        read_package({**NIGHT, **changes})


def test_a_file_that_is_no_package(tmp_path):
    file = tmp_path / "package.yml"
    for text, told in (("", "holds no fields"), ("a: [1", "no YAML in line"), ("- 1", "no fields")):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(PackageError, match=told):
            load_package(file)
    file.write_bytes("name: 套餐".encode("gb18030"))
    with pytest.raises(PackageError, match="not UTF-8"):
        load_package(file)
    file.write_text(yaml.safe_dump(NIGHT, allow_unicode=True), encoding="utf-8")
    assert load_package(file).prices == {"peak": 800_000, "flat": 500_000, "valley": 200_000}
