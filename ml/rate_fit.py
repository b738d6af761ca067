"""Product design: what a new package would mean for each account and for the branch.

Existing tariffs are computed in dbt (``fct_rate_fit``), by the macros that check real bills. A
package that exists in a file only is computed here, from the same basis (``fct_rate_basis``) and by
the same arithmetic: whole cents, halves away from zero. A test writes existing tariffs as packages
and holds the two together.
"""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

import numpy as np
import pandas as pd

WINDOWS = ("sharp", "peak", "flat", "valley")
CATEGORIES = ("residential", "commercial", "industrial", "agricultural", "public")
# Of a CNY: prices land with so many.
_PRICE_UNIT = 1_000_000
_FIELDS = {
    "name",
    "label_zh",
    "categories",
    "voltages_kv",
    "prices_cny_per_kwh",
    "levy_cny_per_kwh",
    "fixed_fee_cny_per_month",
    "capacity_cny_per_kva_month",
    "demand_cny_per_kw_month",
}


class PackageError(ValueError):
    """A package that can't be used: which field, what is wrong and what is allowed."""


@dataclass
class Package:
    """Prices in millionths of CNY: ``prices`` by window, or only flat for all energy.

    ``capacity`` of a kVA or ``demand`` of a kW a month, one of them at most; None: not charged.
    """

    name: str
    label_zh: str
    categories: list[str]
    prices: dict[str, int]
    voltages_kv: list[Decimal] = field(default_factory=list)
    levy: int = 0
    fixed_fee: int = 0
    capacity: int | None = None
    demand: int | None = None

    @property
    def is_tou(self) -> bool:
        """Whether energy is priced by window."""
        return len(self.prices) > 1


def read_package(raw: object) -> Package:
    """A package from the parsed YAML. Raises ``PackageError``, which names all that is wrong."""
    if not isinstance(raw, dict):
        raise PackageError("the file holds no fields; see docs/models/rate-fit.md for an example")
    wrong = [f"{name}: no such field" for name in raw if name not in _FIELDS]
    for name in ("name", "categories", "prices_cny_per_kwh"):
        if not raw.get(name):
            wrong.append(f"{name}: is missing")
    categories = raw.get("categories") or []
    if not isinstance(categories, list) or set(map(str, categories)) - set(CATEGORIES):
        wrong.append(f"categories: must be a list of {', '.join(CATEGORIES)}")
    prices = raw.get("prices_cny_per_kwh") or {}
    if not isinstance(prices, dict) or set(map(str, prices)) - set(WINDOWS):
        wrong.append(f"prices_cny_per_kwh: must be prices by {', '.join(WINDOWS)}")
        prices = {}
    elif len(prices) == 1 and "flat" not in prices:
        wrong.append("prices_cny_per_kwh: a single price is flat")
    if raw.get("capacity_cny_per_kva_month") is not None and (
        raw.get("demand_cny_per_kw_month") is not None
    ):
        wrong.append("demand_cny_per_kw_month: not beside capacity_cny_per_kva_month")
    voltages = raw.get("voltages_kv") or []
    if not isinstance(voltages, list):
        wrong.append("voltages_kv: must be a list")
        voltages = []
    amounts = {name: raw.get(name) for name in sorted(_FIELDS) if "_cny_per" in name}
    amounts.pop("prices_cny_per_kwh")
    amounts |= {f"prices_cny_per_kwh.{window}": price for window, price in prices.items()}
    amounts |= {f"voltages_kv[{place}]": value for place, value in enumerate(voltages)}
    read = {name: _amount(name, value, wrong) for name, value in amounts.items()}
    if wrong:
        raise PackageError("; ".join(wrong))
    return Package(
        str(raw["name"]),
        str(raw.get("label_zh") or raw["name"]),
        [str(category) for category in categories],
        {window: read[f"prices_cny_per_kwh.{window}"] for window in prices},
        [Decimal(read[f"voltages_kv[{place}]"]) / _PRICE_UNIT for place in range(len(voltages))],
        read["levy_cny_per_kwh"] or 0,
        read["fixed_fee_cny_per_month"] or 0,
        read["capacity_cny_per_kva_month"],
        read["demand_cny_per_kw_month"],
    )


def _amount(name: str, value: object, wrong: list[str]) -> int | None:
    """In millionths; what is wrong with it goes to ``wrong``."""
    # A kWh for more is a price of MWh, and a month of a large firm would not fit into 64 bits.
    most = 10 if "per_kwh" in name else 9999
    if value is None:
        if "." in name or "[" in name:
            wrong.append(f"{name}: is empty")
        return None
    try:
        if isinstance(value, bool):
            raise InvalidOperation
        units = Decimal(str(value)) * _PRICE_UNIT
        if not (0 <= units <= most * _PRICE_UNIT) or units != int(units):
            raise InvalidOperation
    except (InvalidOperation, ValueError):
        wrong.append(f"{name}: {value!r} is no amount from 0 to {most} with at most six decimals")
        return None
    return int(units)


def package_bills(basis: pd.DataFrame, package: Package) -> pd.DataFrame:
    """What each account and month would be billed under the package.

    ``basis``: rows of fct_rate_basis. Returns account_no, month, cents and own_cents (under the
    account's own tariff), null if they can't be computed, and missing_reason, as fct_rate_fit names
    them. Raises ``PackageError`` if a month's energy is too large to be billed exactly.
    """
    most, dearest = basis["usage_kwh"].max(), max(*package.prices.values(), package.levy)
    if float(most) * 10**4 * dearest >= 2**62:
        raise PackageError(
            f"a month of {most:,.0f} kWh at {dearest / _PRICE_UNIT} CNY a kWh is too much to be "
            "billed exactly; is a read wrong, or a price of another unit?"
        )
    used = _units(basis["usage_kwh"], 4)
    register = {window: _units(basis[f"{window}_kwh"], 4) for window in WINDOWS}
    capacity = _units(basis["contract_capacity_kva"], 3)
    demand = _units(basis["demand_kw"], 2)
    share = _units(basis["adjustment_share"], 4)
    reasons = [(used[1], "no_reads")]
    if package.is_tou:
        reasons.append((~basis["has_registers"].to_numpy(dtype=bool), "no_registers"))
        strange = np.zeros(len(basis), dtype=bool)
        for window in set(WINDOWS) - set(package.prices):
            strange |= register[window][0] != 0
        reasons.append((strange, "other_windows"))
        energy = sum(register[window][0] * price for window, price in package.prices.items())
    else:
        energy = used[0] * package.prices["flat"]
    # kWh/10⁴ × CNY/10⁶ in cents.
    energy = _rounded(energy, 10**8)
    charge = np.zeros(len(basis), dtype=np.int64)
    if package.capacity is not None:
        reasons.append((capacity[1], "no_capacity"))
        charge = _rounded(capacity[0] * package.capacity, 10**7)
    elif package.demand is not None:
        reasons.append((demand[1], "no_demand"))
        charge = _rounded(demand[0] * package.demand, 10**6)
    levies = _rounded(used[0] * package.levy, 10**8)
    factor = _rounded((energy + charge) * share[0], 10**4)
    fee = _rounded(np.int64(package.fixed_fee), 10**4)
    cents = energy + charge + factor + levies + fee
    reason = np.full(len(basis), None, dtype=object)
    for is_missing, name in reversed(reasons):
        reason[is_missing] = name
    own, own_is_missing = _units(basis["current_bill_cny"], 2)
    table = pd.DataFrame(
        {
            "account_no": basis["account_no"].to_numpy(),
            "month": basis["month"].to_numpy(),
            "cents": pd.array(cents, dtype="Int64"),
            "own_cents": pd.array(own, dtype="Int64"),
            "missing_reason": pd.Series(reason, dtype="str"),
        }
    )
    table["cents"] = table["cents"].mask(table["missing_reason"].notna())
    table["own_cents"] = table["own_cents"].mask(own_is_missing)
    return table


def _units(column: pd.Series, digits: int) -> tuple[np.ndarray, np.ndarray]:
    """Integers of 10**-digits, and where the value is unknown (there 0)."""
    is_missing = column.isna().to_numpy()
    known = column[~is_missing].astype(float).to_numpy()
    # Exact: the decimals of the mart have fewer digits than a double holds.
    values = np.zeros(len(column), dtype=np.int64)
    values[~is_missing] = np.rint(known * 10**digits).astype(np.int64)
    return values, is_missing


def _rounded(value: np.ndarray, step: int) -> np.ndarray:
    """To whole steps, halves away from zero, as both engines round decimals."""
    return np.sign(value) * ((np.abs(value) + step // 2) // step)


def package_fit(bills: pd.DataFrame, accounts: pd.DataFrame, package: Package) -> pd.DataFrame:
    """One row per account that may choose the package: its bill under it against its own tariff's.

    ``bills``: from ``package_bills``. ``accounts``: account_no, category, voltage_kv. Returns
    account_no, months_billed, months_used, bill_cny, current_bill_cny, saving_cny (null without a
    month used) and missing_reason, as fct_rate_fit defines them.
    """
    may = accounts["category"].isin(package.categories)
    if package.voltages_kv:
        allowed = [float(voltage) for voltage in package.voltages_kv]
        may &= accounts["voltage_kv"].astype(float).isin(allowed)
    rows = bills[bills["account_no"].isin(accounts.loc[may, "account_no"])].copy()
    unknown = rows["missing_reason"].isna() & rows["own_cents"].isna()
    rows.loc[unknown, "missing_reason"] = "own_tariff_unknown"
    rows["is_used"] = rows["missing_reason"].isna()
    for column in ("cents", "own_cents"):
        rows[column] = rows[column].where(rows["is_used"])
    grouped = rows.groupby("account_no", sort=True)
    bill = grouped["cents"].sum(min_count=1).astype("Float64") / 100
    own = grouped["own_cents"].sum(min_count=1).astype("Float64") / 100
    fit = {
        "months_billed": grouped.size(),
        "months_used": grouped["is_used"].sum(),
        "bill_cny": bill,
        "current_bill_cny": own,
        "saving_cny": (own - bill).round(2),
        "missing_reason": grouped["missing_reason"].min(),
    }
    return pd.DataFrame(fit).reset_index()


def gains(fit: pd.DataFrame, group: pd.Series) -> pd.DataFrame:
    """Who gains and who loses, by ``group`` (a label for each row of ``fit``), most accounts first.

    Columns: accounts, computed, gainers, losers, saved_cny (of the gainers), lost_cny (of the
    losers), branch_if_all_cny and branch_if_gainers_cny: what the branch would bill more (below
    zero: less) if all changed, or only those who gain.
    """
    saving = fit["saving_cny"]
    table = pd.DataFrame(
        {
            "group": group.to_numpy(),
            "accounts": 1,
            "computed": saving.notna().astype(int),
            "gainers": (saving > 0).fillna(False).astype(int),
            "losers": (saving < 0).fillna(False).astype(int),
            "saved_cny": saving.clip(lower=0).fillna(0).astype(float),
            "lost_cny": (-saving).clip(lower=0).fillna(0).astype(float),
        }
    )
    total = table.groupby("group").sum()
    total["branch_if_all_cny"] = total["lost_cny"] - total["saved_cny"]
    total["branch_if_gainers_cny"] = 0.0 - total["saved_cny"]
    return total.round(2).sort_values(["accounts"], ascending=False, kind="stable").reset_index()
