"""A planted shift is flagged; without one, alarms are as rare as stated."""

import numpy as np
import pandas as pd
import pytest

from ml.harness.drift import DriftParams, drift, psi


def table(seed, rows=2000, shift=0.0, rural=0.3, missing=0.1):
    generator = np.random.default_rng(seed)
    use = np.exp(generator.normal(2 + shift, 0.6, rows))
    use[generator.random(rows) < missing] = np.nan
    place = np.where(generator.random(rows) < rural, "rural", "urban")
    return pd.DataFrame(
        {"use": use, "place": place, "score": generator.random(rows), "constant": 1.0}
    )


def test_psi_by_hand():
    # Half a row is added to each bin: shares 8/16 and 8/16 before, 12/16 and 4/16 after.
    before, after = np.array([7.5, 7.5]), np.array([11.5, 3.5])
    expected = 0.25 * np.log(1.5) - 0.25 * np.log(0.5)
    assert psi(before, after) == pytest.approx(expected)
    assert psi(before, before * 2) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("change", "column"),
    [({"shift": 0.3}, "use"), ({"missing": 0.3}, "use"), ({"rural": 0.45}, "place")],
    ids=["level", "nulls", "levels"],
)
def test_a_planted_shift_is_flagged_in_its_column_alone(change, column):
    found = drift(table(1), table(2, **change)).set_index("column")
    assert found["is_drifted"].to_dict() == {
        name: name == column for name in ("use", "place", "score", "constant")
    }
    assert found.index[0] == column


def test_without_a_shift_alarms_are_as_rare_as_stated():
    params = DriftParams(false_alarm_rate=0.1, material=0.0)
    alarms = sum(
        drift(table(2 * i, 300), table(2 * i + 1, 200), params)["is_drifted"].any()
        for i in range(100)
    )
    # Ten expected; fewer than 2 or more than 20 come once in a thousand times.
    assert 2 <= alarms <= 20


def test_a_shift_too_small_to_matter_is_not_flagged():
    small = drift(table(1, 60_000), table(2, 60_000, shift=0.06)).set_index("column")
    assert small.loc["use", "psi"] > 0.002
    assert not small["is_drifted"].any()
    strict = drift(table(1, 60_000), table(2, 60_000, shift=0.06), DriftParams(material=0))
    assert strict.set_index("column").loc["use", "is_drifted"]


def test_low_values_that_turn_into_nulls_are_seen():
    current = table(2, missing=0)
    low = current["use"] < current["use"].quantile(0.1)
    found = drift(table(1, missing=0), current.assign(use=current["use"].where(~low)))
    assert found.set_index("column").loc["use", "is_drifted"]


def test_a_level_never_seen_and_a_column_gone():
    current = table(2).assign(place="island")
    assert drift(table(1), current).set_index("column").loc["place", "is_drifted"]
    with pytest.raises(ValueError, match="lack place"):
        drift(table(1), current.drop(columns="place"))
    with pytest.raises(ValueError, match="before and after"):
        drift(table(1), current.head(0))
