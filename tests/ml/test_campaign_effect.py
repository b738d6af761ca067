"""Effects against a random holdout: planted ones are covered, missing arms are said."""

import numpy as np
import pandas as pd
import pytest

from ml.campaign_effect import campaign_effects, wilson


def touches(n: int, base=0.05, effect=0.05, holdout=0.2, seed=1, campaign="M1") -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    covariate = rng.beta(1, 1 / base - 1, n)
    treated = rng.random(n) >= holdout
    return pd.DataFrame(
        {
            "campaign_no": campaign,
            "product_code": "audit",
            "channel": "phone",
            "segment_code": "steady",
            "is_treated": treated,
            "is_enrolled": rng.random(n) < np.clip(covariate + effect * treated, 0, 1),
            "covariate": covariate,
            "is_sent": treated,
            "is_opt_out": False,
            "cost_cny": 3.0,
            "value_cny": np.nan,
        }
    )


def one(table: pd.DataFrame, dimension: str, code: str = "all") -> pd.Series:
    found = table[(table["dimension"] == dimension) & (table["code"] == code)]
    assert len(found) == 1
    return found.iloc[0]


def test_the_planted_effect_is_found_and_the_covariate_narrows_it():
    rows = touches(20_000)
    found = one(campaign_effects(rows), "campaign", "M1")
    assert found["effect_low"] < 0.05 < found["effect_high"]
    assert found["verdict"] == "works" and found["variance_reduction"] > 0.02
    plain = one(campaign_effects(rows.assign(covariate=np.nan)), "campaign", "M1")
    assert plain["variance_reduction"] == 0
    width = [row["effect_high"] - row["effect_low"] for row in (found, plain)]
    assert width[0] < width[1]
    assert found["cost_cny"] == 3 * found["treated"] and pd.isna(found["value_cny"])


def test_intervals_cover_at_few_events():
    inside = []
    for seed in range(150):
        found = one(campaign_effects(touches(200, 0.02, 0.02, seed=seed)), "all")
        inside.append(found["effect_low"] <= 0.02 <= found["effect_high"])
    assert np.mean(inside) > 0.92


def test_no_events_are_no_proof():
    rows = touches(50).assign(is_enrolled=False)
    found = one(campaign_effects(rows), "all")
    assert found["effect"] == 0 and found["effect_low"] < 0 < found["effect_high"]
    assert found["verdict"] == "not_proven"


def test_without_a_holdout_nothing_is_claimed_and_the_pool_leaves_it_out():
    alone = touches(5000, 0.5, 0.3, holdout=0, seed=3, campaign="M2")
    rows = pd.concat([touches(20_000), alone], ignore_index=True)
    table = campaign_effects(rows)
    missing = one(table, "campaign", "M2")
    assert missing["verdict"] == "no_holdout" and pd.isna(missing["effect"])
    assert one(table, "all")["effect"] == pytest.approx(
        one(table, "campaign", "M1")["effect"], abs=0.01
    )
    assert one(table, "all")["treated"] == rows["is_treated"].sum()


def test_campaigns_of_other_holdouts_are_pooled_within_themselves():
    """A rare product with a large holdout beside a common one with a small: mixed arms lie."""
    rare = touches(10_000, 0.01, 0.0, holdout=0.5, seed=4, campaign="M1")
    common = touches(10_000, 0.3, 0.0, holdout=0.1, seed=5, campaign="M2")
    found = one(campaign_effects(pd.concat([rare, common], ignore_index=True)), "all")
    assert found["effect_low"] < 0 < found["effect_high"]


def test_no_touches_make_an_empty_table():
    assert campaign_effects(touches(1).head(0)).empty


def test_wilson_of_nothing_is_not_certain():
    low, high = wilson(0.0, 30, 1.959964)
    assert low == 0 and high == pytest.approx(0.1135, abs=0.001)
