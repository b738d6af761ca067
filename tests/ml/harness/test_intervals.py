"""Intervals: seeded, as wide as they say, and aware that a customer is one fact."""

import numpy as np
import pytest

from ml.harness.champion import decide
from ml.harness.intervals import Bootstrap, paired_difference
from ml.harness.measures import auc, brier

FEW = Bootstrap(draws=200)


def mean_of(values):
    return lambda weight: float(np.sum(weight * values) / weight.sum())


def test_a_draw_has_as_many_rows_and_the_same_seed_draws_the_same():
    first, again = (list(Bootstrap(draws=3).weights(50)) for _ in range(2))
    assert all(weight.sum() == 50 for weight in first)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first[0], next(Bootstrap(draws=1, seed=7).weights(50)))


def test_the_interval_of_a_mean_is_two_standard_errors_wide():
    values = np.random.default_rng(1).normal(5, 2, 400)
    interval = Bootstrap(draws=2000).interval(mean_of(values), 400)
    error = values.std() / 20
    assert interval.value == pytest.approx(values.mean())
    assert interval.high - interval.value == pytest.approx(1.96 * error, rel=0.1)
    assert interval.value - interval.low == pytest.approx(1.96 * error, rel=0.1)


def test_intervals_cover_the_truth_as_often_as_they_say():
    generator = np.random.default_rng(2)
    hits = 0
    for _ in range(100):
        values = generator.normal(0, 1, 60)
        low, high = FEW.interval(mean_of(values), 60)[1:]
        hits += low <= 0 <= high
    assert 87 <= hits <= 99


def test_rows_of_a_customer_are_drawn_together():
    customers = np.repeat(np.arange(20), 10)
    for weight in FEW.weights(200, cluster=customers):
        assert (weight.reshape(20, 10) == weight.reshape(20, 10)[:, :1]).all()
    values = np.random.default_rng(3).normal(0, 1, 20)[customers]
    whole = FEW.interval(mean_of(values), 200, cluster=customers)
    rows = FEW.interval(mean_of(values), 200)
    # Ten equal rows a customer: the honest interval is √10 times wider.
    assert (whole.high - whole.low) / (rows.high - rows.low) == pytest.approx(10**0.5, rel=0.25)


def test_strata_keep_their_size():
    strata = np.array(["t"] * 30 + ["c"] * 10)
    for weight in FEW.weights(40, strata=strata):
        assert weight[:30].sum() == 30 and weight[30:].sum() == 10
    with pytest.raises(ValueError, match="two strata"):
        next(FEW.weights(2, cluster=[1, 1], strata=["a", "b"]))


def test_a_figure_that_most_draws_lack_has_no_interval():
    interval = FEW.interval(lambda weight: auc([1, 0, 0], [3, 2, 1], weight), 3)
    assert interval.value == 1 and np.isnan(interval.low) and np.isnan(interval.high)


def rivals(rows=600, better=0.0, seed=4):
    generator = np.random.default_rng(seed)
    signal = generator.normal(size=rows)
    event = (generator.random(rows) < 1 / (1 + np.exp(-signal))).astype(float)
    shared = generator.normal(size=rows)
    champion = signal + 1.5 * shared
    challenger = signal + (1.5 - better) * shared + 0.2 * generator.normal(size=rows)
    return event, champion, challenger


def test_paired_rows_tell_what_two_intervals_hide():
    event, champion, challenger = rivals(better=0.5)
    gain = paired_difference(auc, event, challenger, champion, FEW)
    assert gain.value == pytest.approx(auc(event, challenger) - auc(event, champion))
    assert gain.low > 0
    alone = [FEW.interval(lambda w, s=s: auc(event, s, w), 600) for s in (champion, challenger)]
    assert alone[0].high > alone[1].low  # the two intervals overlap


def test_a_better_challenger_is_promoted_and_an_equal_one_is_not():
    period = np.ones(600)
    event, champion, challenger = rivals(better=0.8)
    assert decide(event, champion, challenger, auc, period, bootstrap=FEW).promoted
    event, champion, challenger = rivals(better=0.0)
    equal = decide(event, champion, challenger, auc, period, bootstrap=FEW)
    assert not equal.promoted and equal.gain.low <= 0
    assert "not promoted" in equal.reason_en and "不上线" in equal.reason_zh


def test_a_gain_that_chance_explains_promotes_nobody():
    close = [decide(*rivals(40, 0.1, seed), auc, np.ones(40), bootstrap=FEW) for seed in range(8)]
    lucky = [decision for decision in close if decision.gain.value > 0 >= decision.gain.low]
    assert lucky and not any(decision.promoted for decision in lucky)


def test_only_the_newest_period_counts():
    event, champion, challenger = rivals(better=0.8)
    # Better in the past, worse now.
    now_champion = np.concatenate([champion[:300], challenger[300:]])
    now_challenger = np.concatenate([challenger[:300], champion[300:]])
    period = np.repeat([1, 2], 300)
    decision = decide(event, now_champion, now_challenger, auc, period, bootstrap=FEW)
    assert not decision.promoted and decision.rows == 300 and decision.period == 2


def test_for_a_loss_less_is_better():
    event, champion, challenger = rivals(better=0.8)
    p, q = (1 / (1 + np.exp(-score)) for score in (champion, challenger))
    decision = decide(event, p, q, brier, np.ones(600), higher_is_better=False, bootstrap=FEW)
    assert decision.promoted and decision.gain.low < decision.gain.value < decision.gain.high
    assert not decide(
        event, q, p, brier, np.ones(600), higher_is_better=False, bootstrap=FEW
    ).promoted
