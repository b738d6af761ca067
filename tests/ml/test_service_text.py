"""Matters, haste, mood and repeats are found in texts never seen, and doubt is owned up to."""

import numpy as np
import pandas as pd
import pytest

from connectors.simulator.language import TOPICS, People, work_order_texts
from ml import model_store
from ml import service_text as st
from orchestration.scores.files import seed

SIGNALS = st.Signals(seed("text_signal"))
MATTERS = seed("service_matter")
CODES = ("outage_area", "bill_surge", "praise", "attitude", "autopay", "ev_pile")
START = pd.Timestamp("2026-01-01")


def branch(count: int = 900) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Texts of six matters with typed categories; the fold of each phrasing; the mood."""
    rng = np.random.default_rng(3)
    places = [place for place, topic in enumerate(TOPICS) if topic.code in CODES]
    topic = rng.choice(places, count)
    usual = np.array([TOPICS[place].base_sentiment for place in topic])
    mood = np.clip(usual + rng.uniform(-0.3, 0.3, count), -1, 1)
    who = People(*[[word] * count for word in ("王磊", "电话", "某地", "户号")])
    written = work_order_texts(rng, topic, mood, rng.random(count) < 0.1, who, np.full(count, -1))
    fold = np.array([int(key.split(".")[1][1:]) % 3 for key in written.phrasing_id])
    table = pd.DataFrame(
        {
            "text_kind": "work_order",
            "text_no": [f"W{place:04d}" for place in range(count)],
            "account_no": [f"A{place}" for place in range(count)],
            "written_at": START + pd.to_timedelta(np.arange(count), unit="h"),
            "text_redacted": written.text,
            "satisfaction": np.clip(np.rint(3.6 + mood + rng.normal(0, 0.3, count)), 1, 5),
        }
    )
    for level in st.LEVELS:
        table[level] = [getattr(TOPICS[place], level) for place in topic]
    return table, fold, mood


@pytest.fixture(scope="module")
def fitted():
    """A model of two thirds of the phrasings; the texts of the others with labels and mood."""
    table, fold, mood = branch()
    model = st.fit(table[fold != 0], SIGNALS, MATTERS, "2026-01")
    held = table[fold == 0]
    return model, held, st.label(held, model, SIGNALS, MATTERS, 30), mood[fold == 0]


def texts(*rows: str, kind: str = "work_order", **columns) -> pd.DataFrame:
    """Texts of one account, a day apart."""
    table = pd.DataFrame({"text_redacted": list(rows)})
    table["text_kind"], table["account_no"] = kind, "A1"
    table["text_no"] = [f"T{place}" for place in range(len(rows))]
    table["written_at"] = START + pd.to_timedelta(np.arange(len(rows)), unit="D")
    return table.assign(**columns)


def test_phrasings_never_seen_are_understood(fitted):
    _, held, labels, _ = fitted
    right = labels["category_3"].to_numpy() == held["category_3"].to_numpy()
    assert right.mean() > 0.85
    assert (labels["category_1"].to_numpy() == held["category_1"].to_numpy()).mean() > 0.85
    # What is surer is right more often.
    sure = labels["confidence"] >= labels["confidence"].median()
    assert right[sure].mean() > right[~sure].mean()
    assert labels["confidence"].min() > 0 and labels["confidence"].max() < 1


def test_mood_follows_what_people_felt(fitted):
    _, _, labels, mood = fitted
    assert np.corrcoef(labels["sentiment"], mood)[0, 1] > 0.8
    assert labels["sentiment"].between(-1, 1).all()


def test_a_second_matter_does_not_hide_the_first(fitted):
    model = fitted[0]
    both = texts(
        "整个小区全部停电了，什么时候来电。另外，想给新能源车装个充电桩，怎么申请",
        "家里还有老人，整个小区停电了",
    )
    labels = st.label(both, model, SIGNALS, MATTERS, 30)
    assert labels["category_3"].tolist() == ["区域停电", "区域停电"]
    assert labels["second_category_3"].iloc[0] == "充电桩报装"
    assert pd.isna(labels["second_category_3"].iloc[1])


def test_of_a_call_only_the_customer_counts(fitted):
    call = (
        "坐席：您好，请问是充电桩报装吗\n客户：小区都停电了，几栋楼都没电\n坐席：充电桩申请请走线上"
    )
    labels = st.label(texts(call, kind="document"), fitted[0], SIGNALS, MATTERS, 30)
    assert labels["category_3"].tolist() == ["区域停电"]
    assert st.spoken("没有标记的文本") == "没有标记的文本"


def test_words_of_haste_raise_urgency_and_no_hurry_does_not(fitted):
    rows = ("整个小区停电了", "整个小区停电了，家里有病人靠呼吸机，急", "整个小区停电了，不着急")
    labels = st.label(texts(*rows), fitted[0], SIGNALS, MATTERS, 30)
    assert labels["urgency"].tolist() == [2, 3, 2]


def test_a_repeat_is_the_same_matter_of_the_account_within_the_days(fitted):
    same = ["整个小区停电了"] * 4
    table = texts(*same)
    table["written_at"] = START + pd.to_timedelta([0, 10, 50, 50], unit="D")
    # The transcript of the call itself is no second call.
    table["text_kind"] = ["work_order", "work_order", "work_order", "document"]
    labels = st.label(table, fitted[0], SIGNALS, MATTERS, 30)
    assert labels["is_repeat"].tolist() == [False, True, False, False]
    other = texts(*same, account_no=["A1", "A2", None, None])
    assert not st.label(other, fitted[0], SIGNALS, MATTERS, 30)["is_repeat"].any()


def test_too_few_typed_texts_give_a_reason_and_words_still_count():
    table, _, _ = branch(60)
    model = st.fit(table, SIGNALS, MATTERS, "2026-01")
    labels = st.label(table, model, SIGNALS, MATTERS, 30)
    assert labels["category_3"].isna().all() and labels["confidence"].isna().all()
    assert set(labels["unlabelled_reason"]) == {"too few texts with a typed category"}
    assert labels["urgency"].max() == 1
    assert "No categories" in st.card(model, labels, 0.8).text_en
    none = st.label(table.iloc[:0], model, SIGNALS, MATTERS, 30)
    assert none.empty and list(none.columns) == list(st.LABELS)


def test_a_category_typed_once_is_a_slip_unless_it_is_on_the_list():
    table, _, _ = branch(300)
    table.loc[0, ["category_1", "category_2", "category_3"]] = ["投诉", "停电投诉", "频繁停电"]
    table.loc[1, ["category_1", "category_2", "category_3"]] = ["乱", "打", "误录"]
    model = st.fit(table, SIGNALS, MATTERS, "2026-01")
    assert "频繁停电" in model.parents and "误录" not in model.parents


def test_a_stored_model_says_the_same(fitted):
    model, held, labels, _ = fitted
    again = st.TextModel.from_dict(model_store.loads(model_store.dumps(model.as_dict())))
    pd.testing.assert_frame_equal(st.label(held, again, SIGNALS, MATTERS, 30), labels)
    assert str(st.card(model, labels, 0.8).trained_from) == "2026-01-01"


def test_the_list_covers_every_matter_of_the_simulated_branch():
    listed = set(map(tuple, MATTERS[list(st.LEVELS)].to_numpy()))
    assert {(t.category_1, t.category_2, t.category_3) for t in TOPICS} <= listed
    needs = set(seed("service_need")["need_code"])
    assert set(MATTERS["need_code"].dropna()) <= needs
