"""Simulated work-order texts and calls: told apart by their wording, and the truth exact."""

import re
from collections import Counter
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from connectors.simulator.language import (
    TOPICS,
    People,
    Texts,
    topics,
    transcripts,
    work_order_texts,
)
from connectors.simulator.language.drafting import fields, fill, misspell, persons
from connectors.simulator.language.topics import load

PHRASINGS = [phrasing for topic in TOPICS for phrasing in topic.phrasings]
SPOKEN = str.maketrans("０１２３４５６７８９零一二三四五六七八九幺", "012345678901234567891")
TITLES = "|".join(load("phrases")["title"])


def people(count: int, with_id: bool = True) -> People:
    """Nobody: homes, and every fifth a firm."""
    return People(
        name=["宏达机械有限公司" if i % 5 == 4 else "王李张"[i % 3] + "伟" for i in range(count)],
        phone=[f"144{i:08d}" for i in range(count)],
        address=[f"临江市城北区解放路{i % 90 + 1}号{i % 7 + 1}幢101室" for i in range(count)],
        account_no=[f"33{i:010d}" for i in range(count)],
        id_no=[f"990101{i:011d}X" for i in range(count)] if with_id else None,
    )


def orders(count: int, seed: int = 1, text_seed: int = 2, second=0.12) -> tuple[Texts, np.ndarray]:
    """Texts as a branch would have them, and their topics."""
    rng = np.random.default_rng(seed)
    topic = rng.integers(len(TOPICS), size=count)
    base = np.array([each.base_sentiment for each in TOPICS])[topic]
    extra = np.where(rng.random(count) < second, rng.integers(len(TOPICS), size=count), -1)
    texts = work_order_texts(
        np.random.default_rng(text_seed),
        topic,
        np.clip(base + rng.normal(0, 0.35, count), -1, 1),
        rng.random(count) < 0.15,
        people(count),
        extra,
    )
    return texts, topic


def calls(count: int, seed: int = 1, who: People | None = None) -> Texts:
    rng = np.random.default_rng(seed)
    topic = rng.integers(len(TOPICS), size=count)
    return transcripts(rng, topic, rng.uniform(-1, 1, count), who or people(count))


def assert_spans_exact(texts: Texts, who: People) -> None:
    """Each span, read back to plain digits, is (part of) the right person's value."""
    for i, (text, spans) in enumerate(zip(texts.text, texts.personal, strict=True)):
        end_before = 0
        for start, end, kind in spans:
            assert end_before <= start < end <= len(text)
            end_before = end
            value, true = text[start:end], getattr(who, kind)[i]
            if kind == "name":
                given_as_title = re.fullmatch(f"{re.escape(true[0])}({TITLES})?", value)
                assert value == true or given_as_title, value
            elif kind == "address":
                assert true.endswith(value) and len(value) > 4
            else:
                assert re.sub("[- ，]", "", value).translate(SPOKEN) == true


def test_phrasings_are_many_and_distinct():
    assert len(TOPICS) >= 32
    assert min(len(topic.phrasings) for topic in TOPICS) >= 14
    # A clerk's and a customer's voice each allow a choice, whatever the mood.
    for topic in TOPICS:
        plain = Counter(each.voice for each in topic.phrasings if each.tone == 0)
        assert plain["agent"] >= 2 and plain["customer"] >= 4, topic.code
    for values in ([each.id for each in PHRASINGS], [each.text for each in PHRASINGS]):
        assert [value for value, times in Counter(values).items() if times > 1] == []


def test_a_key_that_is_there_twice_is_refused(tmp_path, monkeypatch):
    (tmp_path / "twice.yml").write_text("a1: x\na1: y\n")
    monkeypatch.setattr(topics, "__file__", str(tmp_path / "topics.py"))
    with pytest.raises(ValueError, match="same key twice"):
        topics.load("twice")


def test_needs_are_codes_of_the_project():
    products = {
        "tou_tariff", "ev_charging", "rooftop_pv", "electric_heating", "efficiency_audit",
        "demand_response", "green_power", "om_service", "capacity_increase", "capacity_billing",
        "reactive_compensation", "autopay_app",
    }  # fmt: skip
    needs = {topic.need for topic in TOPICS} - {None}
    assert products <= needs
    assert needs - products == {"churn", "arrears", "theft_report", "safety"}
    assert {topic.audience for topic in TOPICS} == {"any", "home", "firm"}
    assert {topic.base_urgency for topic in TOPICS} == {0, 1, 2}


def wordings(node):
    """Every list entry of the phrases and dialogue files."""
    if isinstance(node, dict):
        for value in node.values():
            yield from wordings(value)
    elif isinstance(node, list):
        for value in node:
            yield from wordings(value)
    else:
        yield node


def test_all_wording_is_text_that_can_be_filled():
    # YAML reads 18:20 as a number, and a placeholder may be misspelt.
    person = next(persons(people(1)))
    for wording in [
        *(each.text for each in PHRASINGS), *wordings(load("phrases")), *wordings(load("dialogue"))
    ]:  # fmt: skip
        assert isinstance(wording, str), wording
        pieces = []
        fill(pieces, Random(1), wording, person)
        assert "{" not in "".join(string for string, _ in pieces), wording


def test_no_phone_or_long_number_is_written_into_the_wording():
    # 12398 and the like are public lines; whatever is longer could be somebody's.
    for wording in [*(each.text for each in PHRASINGS), *wordings(load("phrases"))]:
        assert not re.search(r"\d{6,}", str(wording)), wording


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), text_seed=st.integers(0, 2**32))
def test_spans_are_exact(seed, text_seed):
    texts, _ = orders(150, seed, text_seed)
    assert_spans_exact(texts, people(150))
    assert_spans_exact(calls(60, seed), people(60))


def test_what_no_span_covers_names_nobody():
    texts, _ = orders(4000)
    who = people(4000)
    for text, spans, phone, account in zip(
        texts.text, texts.personal, who.phone, who.account_no, strict=True
    ):
        rest = "".join(
            "□" if any(start <= at < end for start, end, _ in spans) else character
            for at, character in enumerate(text)
        )
        assert not re.search(r"[\d０-９][\d０-９ -]{6,}", rest), text
        assert phone not in rest and account not in rest and "解放路" not in rest


def test_all_kinds_and_manners_of_personal_data_occur():
    texts, _ = orders(6000)
    seen = Counter(kind for spans in texts.personal for _, _, kind in spans)
    assert set(seen) == {"name", "phone", "address", "account_no", "id_no"}
    phones = [
        text[start:end]
        for text, spans in zip(texts.text, texts.personal, strict=True)
        for start, end, kind in spans
        if kind == "phone"
    ]
    for manner in (r"\d{11}", r"\d{3} \d{4} \d{4}", r"\d{3}-\d{4}-\d{4}", r"[０-９]{11}"):
        assert sum(bool(re.fullmatch(manner, phone)) for phone in phones) > len(phones) / 20


def test_without_identity_numbers_none_is_written():
    who = people(500, with_id=False)
    assert all(kind != "id_no" for spans in calls(500, who=who).personal for _, _, kind in spans)
    topic = np.arange(500) % len(TOPICS)
    texts = work_order_texts(
        np.random.default_rng(1), topic, np.zeros(500), np.zeros(500, bool), who, topic * 0 - 1
    )
    assert all(kind != "id_no" for spans in texts.personal for _, _, kind in spans)


def test_the_same_seed_gives_the_same_texts():
    assert orders(300)[0] == orders(300)[0]
    assert orders(300)[0].text != orders(300, text_seed=3)[0].text
    assert calls(100) == calls(100)


def test_a_text_depends_on_nobody_elses():
    count = 200
    topic, mood = np.arange(count) % len(TOPICS), np.zeros(count)
    none, calm = np.full(count, -1), np.zeros(count, bool)
    before = work_order_texts(np.random.default_rng(1), topic, mood, calm, people(count), none)
    other = topic.copy()
    other[0] = 5
    after = work_order_texts(np.random.default_rng(1), other, mood, calm, people(count), none)
    assert before.text[0] != after.text[0]
    assert before.text[1:] == after.text[1:]


def test_shares_of_personal_data_errors_and_second_needs():
    texts, _ = orders(8000)
    assert 0.31 < np.mean([bool(spans) for spans in texts.personal]) < 0.39
    assert 0.10 < np.mean(texts.has_typo) < 0.14
    assert 0.10 < np.mean([each is not None for each in texts.extra_phrasing_id]) < 0.14


def test_the_truth_names_the_phrasing_that_was_used():
    texts, topic = orders(3000)
    wording = {each.id: each.text for each in PHRASINGS}
    for i, text in enumerate(texts.text):
        assert texts.phrasing_id[i].split(".")[0] == TOPICS[topic[i]].code
        if texts.has_typo[i]:
            continue
        for used in (texts.phrasing_id[i], texts.extra_phrasing_id[i]):
            if used:
                literals = re.split(r"\{\w+\}", wording[used])
                assert re.search(".+?".join(map(re.escape, literals)), text), (used, text)


def test_an_error_is_there_exactly_if_it_is_said_to_be():
    texts, _ = orders(3000, second=0)
    wording = {each.id: re.split(r"\{\w+\}", each.text) for each in PHRASINGS}
    whole = [
        bool(re.search(".+?".join(map(re.escape, wording[used])), text))
        for used, text in zip(texts.phrasing_id, texts.text, strict=True)
    ]
    broken = ~np.array(whole)
    # Errors also hit what surrounds the phrasing, so most of them, not all, show here.
    assert not broken[~np.array(texts.has_typo)].any()
    assert broken[np.array(texts.has_typo)].mean() > 0.4


@given(
    words=st.lists(st.text("电表账单，。的一", min_size=1, max_size=6), max_size=3),
    count=st.integers(1, 3),
    seed=st.integers(0, 999),
)
def test_misspelling_spares_personal_data_and_tells_whether_it_changed_anything(words, count, seed):
    before = [(word, "") for word in words] + [("账单电表", "name"), ("账单电表", "fixed")]
    after = list(before)
    changed = misspell(after, Random(seed), count)
    assert changed == (after != before)
    assert after[len(words) :] == before[len(words) :]


def test_a_second_matter_is_the_one_asked_for_and_keeps_the_voice():
    topic = np.arange(2000) % len(TOPICS)
    second = (topic * 7 + 3) % len(TOPICS)
    texts = work_order_texts(
        np.random.default_rng(1), topic, np.zeros(2000), np.zeros(2000, bool), people(2000), second
    )
    voices = {each.id: each.voice for each in PHRASINGS}
    assert [each.split(".")[0] for each in texts.extra_phrasing_id] == [
        TOPICS[place].code for place in second
    ]
    assert [voices[each] for each in texts.extra_phrasing_id] == [
        voices[each] for each in texts.phrasing_id
    ]


def uniform_orders(count, mood, urgent):
    topic = np.arange(count) % len(TOPICS)
    return work_order_texts(
        np.random.default_rng(1), topic, np.full(count, mood), np.full(count, urgent),
        people(count), np.full(count, -1),
    )  # fmt: skip


def share_holding(texts: Texts, words) -> float:
    return np.mean([any(word in text for word in words) for text in texts.text])


def test_mood_and_urgency_can_be_read():
    mood = load("phrases")["mood"]
    furious, pleased = [*wordings(mood["furious"])], [*wordings(mood["pleased"])]
    angry, glad, even = (uniform_orders(2000, level, False) for level in (-0.9, 0.8, 0.0))
    assert share_holding(angry, furious) > 0.6 and share_holding(angry, pleased) < 0.1
    assert share_holding(glad, pleased) > 0.6 and share_holding(glad, furious) == 0
    assert share_holding(even, furious) == 0
    assert share_holding(even, [*wordings(mood["unhappy"])]) < 0.02
    tones = {each.id: each.tone for each in PHRASINGS}
    assert {tones[used] for used in angry.phrasing_id} == {-1, 0}
    assert {tones[used] for used in glad.phrasing_id} == {0, 1}
    assert {tones[used] for used in even.phrasing_id} == {0}

    haste = [*wordings(load("phrases")["urgent"])]
    hurried = uniform_orders(2000, 0.0, True)
    right = [text for text, wrong in zip(hurried.text, hurried.has_typo, strict=True) if not wrong]
    assert all(any(word in text for word in haste) for text in right)
    assert share_holding(even, haste) < 0.01


def test_an_unknown_topic_and_unequal_lengths_are_refused():
    one = np.array([0])
    for topic, extra in ((one + len(TOPICS), one), (one - 1, one), (one, one - 2)):
        with pytest.raises(ValueError, match="topics must be"):
            work_order_texts(np.random.default_rng(1), topic, one, one, people(1), extra)
    with pytest.raises(ValueError, match="2 values of name for 1 texts"):
        transcripts(np.random.default_rng(1), one, one, people(2))
    with pytest.raises(ValueError):
        work_order_texts(np.random.default_rng(1), one, np.zeros(2), one, people(1), one)


def test_calls_are_dialogues_of_6_to_20_lines():
    texts = calls(3000)
    for text in texts.text:
        lines = text.split("\n")
        assert 6 <= len(lines) <= 20
        assert all(re.match("(坐席|客户)：.", line) for line in lines), text
        assert lines[0].startswith("坐席") and lines[1].startswith("客户")
        assert lines[-1].startswith("坐席")
    assert 0.4 < np.mean(texts.has_typo) < 0.75
    # An agent's note is no thing a caller says.
    voices = {each.id: each.voice for each in PHRASINGS}
    assert {voices[used] for used in texts.phrasing_id} == {"customer"}


def test_calls_verify_who_calls():
    texts = calls(2000)
    assert np.mean([bool(spans) for spans in texts.personal]) > 0.9
    spoken = [
        text[start:end]
        for text, spans in zip(texts.text, texts.personal, strict=True)
        for start, end, kind in spans
        if kind == "phone"
    ]
    assert any("幺" in value for value in spoken) and any("一四四" in value for value in spoken)


def held_out_f1(texts: Texts, topic: np.ndarray) -> float:
    """Macro-F1 of category_2 on phrasings never seen: every other one of a topic."""
    rng, half = np.random.default_rng(5), {None: -1}
    for each in TOPICS:
        for place, at in enumerate(rng.permutation(len(each.phrasings))):
            half[each.phrasings[at].id] = place % 2
    main = np.array([half[used] for used in texts.phrasing_id])
    second = np.array([half[used] for used in texts.extra_phrasing_id])
    # A known wording of the second matter beside an unknown one of the first would decide.
    fair = (second == -1) | (second == main)
    known, held = fair & (main == 0), fair & (main == 1)

    text = np.array(texts.text, dtype=object)
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    model = LogisticRegression(C=20, max_iter=200)
    model.fit(vectors.fit_transform(text[known]), topic[known])
    predicted = model.predict(vectors.transform(text[held]))
    categories = np.array([each.category_2 for each in TOPICS])
    return f1_score(categories[topic[held]], categories[predicted], average="macro")


@pytest.mark.slow
def test_unseen_phrasings_are_neither_trivial_nor_hopeless():
    assert 0.6 < held_out_f1(*orders(8000)) < 0.97


def test_placeholders_of_a_person_are_rare_in_phrasings():
    # The share of texts with personal data is set where they are written, not here.
    named = [each for each in PHRASINGS if fields(each.text) & {"name", "account_no", "phone"}]
    assert len(named) < len(PHRASINGS) * 0.03
