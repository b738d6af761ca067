"""Names by rule: each once, the best fit first, and never none."""

import numpy as np
import pandas as pd
import pytest

from ml.segment_names import name_and_number

LEVEL, SEASON = "mean_daily_kwh_12m", "winter_summer_ratio_12m"


def named(rows: list[tuple], rules: pd.DataFrame) -> list:
    centroids = pd.DataFrame(rows, columns=[LEVEL, SEASON])
    return name_and_number(centroids, np.ones(2), rules, None, 0.5)[0]


def test_two_clusters_that_suit_one_rule_share_it_out(name_rules):
    segments = named([(0.0, 3.0), (1.0, 2.0), (2.0, -5.0)], name_rules)
    codes = [segment.segment_code for segment in segments]
    assert codes[0] == "winter_heavy"
    assert codes[2] == "summer_heavy"
    assert len(set(codes)) == 3


def test_what_no_rule_fits_gets_the_numbered_fallback(name_rules):
    segments = named([(0.0, 0.1), (0.1, 0.0), (-0.1, -0.1)], name_rules)
    assert [s.segment_code for s in segments] == ["typical", "typical_2", "typical_3"]
    assert [s.segment_name_zh for s in segments] == ["均衡型", "均衡型 2", "均衡型 3"]


def test_numbers_follow_use(name_rules):
    segments = named([(2.0, 0.0), (0.0, 0.0), (1.0, 0.0)], name_rules)
    assert [segment.segment_id for segment in segments] == [3, 1, 2]


def test_rules_without_a_fallback_are_refused(name_rules):
    with pytest.raises(ValueError, match="fallback"):
        named([(0.0, 0.0)], name_rules[name_rules["feature"].notna()])


def test_every_rule_has_two_names_and_a_reason(name_rules):
    assert name_rules["segment_code"].is_unique
    assert name_rules["name_zh"].is_unique
    assert name_rules[["name_en", "name_zh", "why"]].notna().all(axis=None)
