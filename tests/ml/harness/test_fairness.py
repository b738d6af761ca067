"""One list, its groups side by side."""

import numpy as np
import pandas as pd
import pytest

from ml.harness.fairness import by_group
from ml.harness.intervals import Bootstrap

FEW = Bootstrap(draws=100)


def test_the_table_by_hand():
    event = np.array([1, 0, 1, 0, 0, 1])
    score = np.array([0.9, 0.8, 0.7, 0.4, 0.4, 0.1])
    group = pd.Series(["urban", "rural", "urban", "urban", "rural", None])
    table = by_group(event, score, 4, group, min_rows=1, bootstrap=FEW)
    assert table["group"].isna().tolist() == [False, False, True]
    rural, urban, unknown = (row for _, row in table.iterrows())
    assert (rural["group"], urban["group"]) == ("rural", "urban")
    # The fourth place is shared by the two rows of score 0.4.
    assert urban["selected"] == pytest.approx(2.5) and rural["selected"] == pytest.approx(1.5)
    assert urban["selection_rate"] == pytest.approx(2.5 / 3)
    assert urban["precision"] == pytest.approx(2 / 2.5)
    assert urban["captured_share"] == 1 and unknown["captured_share"] == 0
    assert rural["base_rate"] == 0 and rural["precision"] == 0
    assert rural["calibration_gap"] == pytest.approx(0.6)
    assert np.isnan(unknown["precision"])  # nobody of it is on the list
    assert table["selected"].sum() == pytest.approx(4)


def test_a_group_scored_too_high_shows_its_gap_and_a_small_group_shows_none():
    generator = np.random.default_rng(0)
    p = generator.uniform(0.1, 0.5, 1000)
    group = pd.Series(np.where(np.arange(1000) < 480, "a", "b"))
    group[990:] = "few"
    event = generator.random(1000) < np.where(group == "b", p - 0.1, p)
    table = by_group(event, p, 100, group, bootstrap=FEW).set_index("group")
    assert table.loc["b", "gap_low"] > 0 > table.loc["a", "gap_low"]
    assert table.loc["a", "gap_high"] > 0
    assert table.loc["few", "rows"] == 10
    assert table.loc["few"].drop(["rows", "events"]).isna().all()
