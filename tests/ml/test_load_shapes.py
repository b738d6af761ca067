"""Load shapes by rule: edges, priority, hysteresis, what is left unscored."""

from pathlib import Path

import pandas as pd
import pytest

from ml.load_shapes import load_shapes

RULES = pd.read_csv(Path(__file__).parents[2] / "seeds" / "load_shape.csv")
CURVES = pd.DataFrame(columns=["account_no", *(f"workday_h{h:02d}_share" for h in range(24))])


def account(account_no="A", month="2026-05-01", category="residential", valley=0.34, **other):
    return {
        "account_no": account_no, "month": pd.Timestamp(month), "category": category,
        "usable_days_12m": 360, "valley_share_12m": valley, "weekend_ratio_12m": 1.0,
        "export_kwh_12m": None, "usage_kwh_12m": 3000.0, "is_closed": False, **other,
    }  # fmt: skip


def shape(*rows: dict, curves: pd.DataFrame = CURVES) -> pd.Series:
    return load_shapes(pd.DataFrame(rows), curves, RULES).table.iloc[0]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (account(), "day_evening"),
        (account(valley=0.52), "night"),
        (account(valley=0.52, export_kwh_12m=900.0), "sun"),
        (account(category="public", valley=0.51), "night"),
        (account(category="commercial", valley=0.33), "round_the_clock"),
        (account(category="industrial", valley=0.15, weekend_ratio_12m=0.3), "workdays"),
        (account(category="commercial", valley=0.12, weekend_ratio_12m=1.1), "seven_days"),
    ],
)
def test_each_shape_has_its_example(row, code):
    assert shape(row)["shape_code"] == code


def test_who_is_near_an_edge_keeps_the_shape_and_who_is_beyond_it_does_not():
    before = account(month="2026-04-01", valley=0.44)
    near = shape(before, account(valley=0.46))
    assert (near["shape_code"], near["previous_shape_code"]) == ("day_evening", "day_evening")
    assert shape(account(valley=0.46))["shape_code"] == "night"
    far = shape(before, account(valley=0.50))
    assert (far["shape_code"], far["previous_shape_code"]) == ("night", "day_evening")


def test_a_curve_stands_in_for_registers():
    farm = account(category="agricultural", valley=None)
    assert shape(farm)["unscored_reason"] == "neither registers nor a curve"
    curve = pd.DataFrame(
        [{"account_no": "A", **{f"workday_h{h:02d}_share": 1 / 24 for h in range(24)}}]
    )
    told = shape(farm, curves=curve)
    assert (told["shape_code"], told["basis"]) == ("round_the_clock", "curve")
    assert told["valley_share"] == pytest.approx(1 / 3)


def test_closed_and_short_accounts_have_a_reason_and_no_shape():
    closed, short = shape(account(is_closed=True)), shape(account(usable_days_12m=60))
    assert (closed["unscored_reason"], pd.isna(closed["shape_id"])) == ("account closed", True)
    assert "fewer than 90" in short["unscored_reason"]


def test_the_card_tells_how_many_moved():
    rows = [
        account(f"A{i}", month, valley=0.5 if i == 0 and month > "2026-04-15" else 0.34)
        for month in ("2026-04-01", "2026-05-01")
        for i in range(10)
    ]
    card = load_shapes(pd.DataFrame(rows), CURVES, RULES).card
    assert card.metrics["changed_since_month_before"] == pytest.approx(0.1)
    assert card.metrics["psi_to_month_before"] > 0


def test_a_month_twice_is_refused_and_no_month_is_no_shape():
    with pytest.raises(ValueError, match="twice"):
        shape(account(), account())
    nothing = load_shapes(pd.DataFrame([account()]).head(0), CURVES, RULES)
    assert nothing.table.empty
    assert "No load shapes" in nothing.card.text_en
