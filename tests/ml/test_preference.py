"""Channels and parts of the day: own evidence first, the segment's where there is little."""

import pandas as pd

from ml.preference import PreferenceParams, best_channel, part_of_day, preferences

PARTS = ["morning", "evening"]
DAY_PARTS = pd.DataFrame(
    {"part": PARTS, "label_en": ["Morning", "Evening"], "label_zh": ["上午", "傍晚"]}
)


def evidence(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["account_no", "part", "source", "events"])


def test_own_moments_outweigh_the_segment_and_the_segment_fills_in():
    groups = pd.Series({"A": "s", "B": "s", "C": "s", "D": "t"})
    found = part_of_day(
        evidence(
            ("A", "evening", "app_event", 200),
            ("B", "morning", "answer", 9),
            ("B", "evening", "app_event", 1),
            ("X", "morning", "answer", 9),
        ),
        groups,
        PARTS,
        PreferenceParams(),
    )
    assert found["preferred_part"].to_dict() == {
        "A": "evening",
        "B": "morning",
        "C": "evening",
        "D": "evening",
    }
    assert found["part_evidence"].to_dict() == {"A": 200, "B": 10, "C": 0, "D": 0}
    assert found.loc["C", "part_share"] < found.loc["A", "part_share"]


def test_one_moment_does_not_overrule_the_segment_but_a_stated_wish_does():
    groups = pd.Series({"A": "s", "B": "s", "C": "s"})
    rows = evidence(("A", "evening", "app_event", 500), ("B", "morning", "app_event", 1))
    said = evidence(("C", "morning", "stated", 1))
    found = part_of_day(pd.concat([rows, said]), groups, PARTS, PreferenceParams())
    assert found.loc["B", "preferred_part"] == "evening"
    assert found.loc["C", "preferred_part"] == "morning"


def predicted() -> pd.DataFrame:
    return pd.DataFrame(
        [
            ("A", "audit", "phone", 0.02),
            ("A", "audit", "sms", 0.01),
            ("A", "audit", "visit", 0.9),
            ("B", "audit", "phone", 0.02),
            ("B", "audit", "sms", 0.01),
            ("C", "audit", "phone", -0.02),
            ("C", "audit", "sms", -0.01),
            ("D", "audit", "phone", 0.02),
            ("D", "tariff", "sms", 0.03),
        ],
        columns=["account_no", "product_code", "channel", "uplift"],
    )


def test_the_channel_needs_consent_and_must_do_good():
    consents = pd.DataFrame(
        {"phone": [True, False, True, True], "sms": [True, True, True, None]}, index=list("ABCD")
    )
    found = best_channel(predicted(), consents)
    assert found["preferred_channel"].to_dict() == {"A": "phone", "B": "sms", "D": "phone"}
    assert found.loc["A", "gain"] == 2 and pd.isna(found.loc["B", "gain"])


def test_reasons_say_why_or_why_not():
    groups = pd.Series({"A": "s", "C": "s"})
    part = part_of_day(evidence(("A", "evening", "answer", 4)), groups, PARTS, PreferenceParams())
    consents = pd.DataFrame({"phone": [True, True], "sms": [True, True]}, index=["A", "C"])
    channel = best_channel(predicted(), consents)
    table = preferences(channel, part, DAY_PARTS, True).set_index("account_no")
    assert "2.00%" in table.loc["A", "channel_reason_en"]
    assert "evening" in table.loc["A", "part_reason_en"]
    assert "本户4次" in table.loc["A", "part_reason_zh"]
    assert pd.isna(table.loc["C", "preferred_channel"])
    assert "no channel" in table.loc["C", "channel_reason_en"]
    none = part_of_day(evidence(), groups, PARTS, PreferenceParams())
    bare = preferences(channel.head(0), none, DAY_PARTS, False).set_index("account_no")
    assert bare["preferred_part"].isna().all()
    assert bare.loc["A", "channel_reason_en"] == "no response model yet"
