"""Each figure against a case worked by hand, and against its own definition on random rows."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from ml.harness import measures as m

EVENT = [1, 0, 1, 0, 0]
SCORE = [0.9, 0.8, 0.4, 0.3, 0.1]


def test_the_list_of_two_holds_one_of_two_events():
    assert m.precision_at(EVENT, SCORE, 2) == 0.5
    assert m.captured_share(EVENT, SCORE, 2) == 0.5
    assert m.share_of_best(EVENT, SCORE, 2) == 0.5
    assert m.regret(EVENT, SCORE, 2) == 0.5
    assert m.precision_at(EVENT, SCORE, 3) == pytest.approx(2 / 3)
    assert m.captured_share(EVENT, SCORE, 3) == 1


def test_equal_scores_share_the_places_left_whatever_their_order():
    # Three rows share the two places after the first: each has two thirds of a place.
    assert m.selection([9, 5, 5, 5, 1], 3).tolist() == pytest.approx([1, 2 / 3, 2 / 3, 2 / 3, 0])
    for event in ([0, 1, 0, 0, 1], [0, 0, 0, 1, 1]):
        assert m.captured(event, [9, 5, 5, 5, 1], 3) == pytest.approx(2 / 3)
    # A rule that says nothing is as good as the base rate.
    assert m.precision_at(EVENT, np.zeros(5), 2) == pytest.approx(0.4)
    assert m.auc(EVENT, np.zeros(5)) == 0.5


def test_a_list_longer_than_the_rows_is_all_of_them():
    assert m.precision_at(EVENT, SCORE, 50) == pytest.approx(0.4)
    assert m.captured_share(EVENT, SCORE, 50) == 1
    assert math.isnan(m.precision_at(EVENT, SCORE, 0))


def test_regret_is_against_the_best_list_by_worth():
    # Best two of 10, 0, 6, 3, 0 are worth 16; ours hold 10 and 0.
    assert m.share_of_best([10, 0, 6, 3, 0], SCORE, 2) == pytest.approx(10 / 16)
    # The true probability may be low everywhere: the best list is still 1.
    assert m.regret([0.2, 0.1, 0.3], [2, 1, 3], 1) == 0


def test_a_weight_is_a_row_that_often():
    event, score, weight = [1, 0, 1, 0], [0.9, 0.6, 0.6, 0.2], [2, 1, 0, 3]
    again = np.repeat(np.arange(4), weight)
    e, s = np.array(event)[again], np.array(score)[again]
    for k in (1, 2, 3):
        assert m.captured(event, score, k, weight) == pytest.approx(m.captured(e, s, k))
        assert m.precision_at(event, score, k, weight) == pytest.approx(m.precision_at(e, s, k))
    for figure in (m.auc, m.log_loss, m.brier):
        assert figure(event, score, weight) == pytest.approx(figure(e, s))


def test_auc_counts_pairs():
    # Of 2 × 3 pairs the events win 3 + 2.
    assert m.auc(EVENT, SCORE) == pytest.approx(5 / 6)
    assert math.isnan(m.auc([1, 1], [0.1, 0.2]))


def test_log_loss_and_brier():
    assert m.log_loss([1, 0], [0.8, 0.4]) == pytest.approx(-(math.log(0.8) + math.log(0.6)) / 2)
    assert m.brier([1, 0], [0.8, 0.4]) == pytest.approx((0.04 + 0.16) / 2)
    assert m.log_loss([1], [0.0]) == pytest.approx(-math.log(1e-15))


def test_calibration_error_is_the_mean_gap_of_equal_bins():
    probability = [0.1, 0.1, 0.3, 0.3]
    # Two bins of two: |0.5 − 0.1| and |0 − 0.3|, each half the rows.
    assert m.calibration_error([1, 0, 0, 0], probability, bins=2) == pytest.approx(0.35)
    # Gaps of either sign within a bin cancel, gaps of bins do not.
    assert m.calibration_error([1, 0], [0.5, 0.5], bins=2) == 0
    assert m.calibration_bins(np.arange(20) / 20, 10).tolist() == [i // 2 for i in range(20)]


def test_the_floor_is_what_right_probabilities_reach():
    generator = np.random.default_rng(0)
    p = generator.uniform(0.05, 0.4, 2000)
    errors = [m.calibration_error(generator.random(2000) < p, p) for _ in range(200)]
    assert np.mean(errors) == pytest.approx(m.calibration_floor(p), rel=0.05)


@pytest.mark.parametrize("score", [[0.1, float("nan")], [0.1], []])
def test_nulls_and_lengths_are_refused(score):
    with pytest.raises(ValueError, match=r"null|needs rows"):
        m.auc([0, 1], score)


rows = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 6), st.integers(0, 3)), min_size=2, max_size=30
)


@settings(deadline=None, max_examples=60)
@given(rows, st.integers(1, 12))
def test_figures_agree_with_sklearn_and_with_sorting(table, k):
    event, score, _ = (np.array(column, dtype=float) for column in zip(*table, strict=True))
    if 0 < event.sum() < len(event):
        assert m.auc(event, score) == pytest.approx(metrics.roc_auc_score(event, score))
    distinct = score + np.linspace(0, 0.5, len(score))
    top = np.argsort(-distinct)[:k]
    assert m.captured(event, distinct, k) == pytest.approx(event[top].sum())
    assert m.selection(score, k).sum() == pytest.approx(min(k, len(score)))


@settings(deadline=None, max_examples=60)
@given(rows, st.floats(0, 12))
def test_no_list_beats_the_best_one(table, k):
    worth, score, weight = (np.array(column, dtype=float) for column in zip(*table, strict=True))
    share = m.share_of_best(worth, score, k, weight)
    assert math.isnan(share) or -1e-9 <= share <= 1 + 1e-9
