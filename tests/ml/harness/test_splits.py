"""No test row is learned from, and no label that was not known at the origin."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.harness.splits import rolling_origin


def months(*numbers: int) -> pd.Series:
    return pd.Series([pd.Timestamp(2024 + n // 12, n % 12 + 1, 28) for n in numbers])


def test_three_months_of_outcome_keep_three_months_from_training():
    (split,) = rolling_origin(months(0, 1, 2, 3, 4, 5), horizon=3, origins=1)
    assert split.origin == date(2024, 6, 1)
    assert split.fit.tolist() == [0, 1, 2]  # June minus three months is March
    assert split.calibrate.tolist() == []
    assert split.test.tolist() == [5]


def test_a_label_that_is_told_late_is_known_late():
    (split,) = rolling_origin(months(0, 1, 2, 3, 4, 5), horizon=3, origins=1, lag=1)
    assert split.fit.tolist() == [0, 1]


def test_the_calibrator_sees_labels_that_came_after_those_fitted_on():
    (split,) = rolling_origin(months(*range(8)), horizon=2, origins=1, calibrate_months=1)
    # Known at month 7: rows up to 5. Row 5 calibrates; rows up to 3 were known at 5.
    assert split.fit.tolist() == [0, 1, 2, 3]
    assert split.calibrate.tolist() == [5]
    assert split.train.tolist() == [0, 1, 2, 3, 5]


def test_origins_come_oldest_first_and_rows_need_no_order():
    splits = rolling_origin(months(3, 1, 0, 2, 3), horizon=1, origins=2)
    assert [s.origin.month for s in splits] == [3, 4]
    assert splits[1].test.tolist() == [0, 4]
    assert splits[1].fit.tolist() == [1, 2, 3]


def test_a_window_forgets_the_oldest_months():
    (split,) = rolling_origin(months(0, 1, 2, 3), horizon=1, origins=1, window_months=2)
    assert split.fit.tolist() == [1, 2]


def test_too_few_months_are_refused():
    with pytest.raises(ValueError, match="leave nothing to learn from"):
        rolling_origin(months(0, 1, 2), horizon=3, origins=1)
    with pytest.raises(ValueError, match="belongs to no split"):
        rolling_origin(pd.Series([pd.NaT]), horizon=1, origins=1)
    with pytest.raises(ValueError, match="start at 1"):
        rolling_origin(months(0, 1), horizon=0, origins=1)


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(st.integers(0, 30), min_size=1, max_size=60),
    horizon=st.integers(1, 6),
    lag=st.integers(0, 2),
    origins=st.integers(1, 5),
    held=st.integers(0, 3),
    window=st.one_of(st.none(), st.integers(1, 6)),
)
def test_what_is_learned_was_always_known_before_the_test(
    rows, horizon, lag, origins, held, window
):
    number = np.array(rows)
    try:
        splits = rolling_origin(
            months(*rows),
            horizon,
            origins,
            lag=lag,
            calibrate_months=held,
            window_months=window,
        )
    except ValueError:
        # Refused only when the newest month really has no past.
        known = np.unique(number[number + horizon + lag <= number.max()])
        kept = known[len(known) - held :] if held else known[:0]
        fit = known[known + horizon + lag <= kept.min()] if len(kept) else known
        assert len(kept) < held or not len(fit)
        return
    assert 1 <= len(splits) <= origins
    for split in splits:
        test = set(number[split.test])
        assert len(test) == 1
        assert number[split.train].max() + horizon + lag <= min(test)
        assert not set(split.train) & set(split.test)
        assert not set(split.fit) & set(split.calibrate)
        assert len(set(number[split.calibrate])) == held
        if held:
            first = number[split.calibrate].min()
            assert number[split.fit].max() + horizon + lag <= first
    assert [s.origin for s in splits] == sorted({s.origin for s in splits})
