"""Paper application forms: repeatable, readable as images, honest about what is printed."""

import hashlib
import io
from collections import Counter
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from connectors.simulator import forms

VALUES = {
    "application_no": "YK202600012345",
    "name": "临江宏达金属制品有限责任公司",
    "id_no": "91990101MA72LNRXMN",
    "phone": "14412345678",
    "address": "临江市南山街道解放路326号15幢1单元2201室",
    "kind": "增容",
    "requested_kva": "1250",
    "voltage": "交流10kV",
    "category": "一般工商业",
    "submitted_on": "2026-10-24",
}


def draw(seed: int, values: dict[str, str] = VALUES) -> forms.Form:
    return forms.draw(values, np.random.default_rng(seed))


@cache
def sample() -> tuple[forms.Form, ...]:
    return tuple(draw(seed) for seed in range(48))


def on_page(form: forms.Form) -> bool:
    return all(
        0 <= left < right <= form.width and 0 <= top < bottom <= form.height
        for left, top, right, bottom in form.boxes.values()
    )


def test_same_seed_same_form():
    assert draw(3) == draw(3)
    assert draw(3, dict(reversed(VALUES.items()))) == draw(3)
    assert draw(3).png != draw(4).png


def test_values_reach_the_image():
    assert draw(3).png != draw(3, VALUES | {"phone": "14412345679"}).png


def test_png_is_a_small_palette_image_of_the_stated_size():
    for form in sample():
        with Image.open(io.BytesIO(form.png)) as image:
            image.load()
            assert image.format == "PNG"
            assert image.mode == "P"
            assert image.size == (form.width, form.height)
            assert len(image.getcolors()) <= 8
        assert 900 <= form.width <= 1240
        assert len(form.png) < 120_000


def test_ordinary_values_are_printed_as_given():
    for form in sample():
        assert form.truth == VALUES
        assert list(form.truth) == list(form.boxes) == list(forms.FIELDS)
        assert on_page(form)


def test_styles_differ():
    styles = [form.style for form in sample()]
    assert {style.layout for style in styles} == set(forms.LAYOUTS)
    assert len({style.font for style in styles}) >= 5
    assert {style.handwriting for style in styles} == {True, False}
    assert {style.stamp for style in styles} == {True, False}
    assert any(style.stamp_over for style in styles)
    assert max(abs(style.rotation_deg) for style in styles) <= 8
    assert len({hashlib.sha256(form.png).digest() for form in sample()}) == len(styles)


def test_a_tail_of_forms_is_hard():
    rng = np.random.default_rng(0)
    drawn = [forms._difficulty(rng) for _ in range(4000)]
    share = Counter(level for _, level in drawn)
    assert share["hard"] / 4000 == pytest.approx(forms.HARD_SHARE, abs=0.02)
    assert share["plain"] > 4000 / 2
    assert max(d for d, level in drawn if level == "plain") < 0.31
    assert min(d for d, level in drawn if level == "hard") >= 0.75


def test_hard_forms_are_blurred_more():
    blur = {level: [] for level in ("plain", "worn", "hard")}
    for form in sample():
        blur[form.style.level].append(form.style.blur_px)
    assert max(blur["plain"]) < min(blur["hard"])


def test_value_is_inside_its_box(monkeypatch):
    """Blanking a field changes the sheet inside that field's box and nowhere else."""
    # Blur, light and squeezing spread over the page, so the sheet is compared before them.
    sheets = []

    def keep(ink, seal, style, rng):
        sheets.append(np.asarray(ink, dtype=int))
        return b""

    monkeypatch.setattr(forms, "_scan", keep)
    monkeypatch.setattr(forms, "CORRECTED_SHARE", 0.0)
    # The last field written: blanking it moves no number drawn before.
    last = {"table": "voltage", "columns": "voltage", "list": "submitted_on"}
    seen = set()
    for seed in range(12):
        form = draw(seed)
        if form.style.layout not in last:
            continue
        code = last[form.style.layout]
        draw(seed, VALUES | {code: ""})
        full, blank = sheets[-2:]
        changed = np.argwhere(abs(full - blank) > 60)
        left, top, right, bottom = form.boxes[code]
        assert len(changed) > 100
        assert changed[:, 1].min() >= left - 2
        assert changed[:, 1].max() <= right + 2
        assert changed[:, 0].min() >= top - 2
        assert changed[:, 0].max() <= bottom + 2
        seen.add(form.style.layout)
    assert seen == set(last)


def test_corrections_keep_the_right_value(monkeypatch):
    monkeypatch.setattr(forms, "CORRECTED_SHARE", 1.0)
    corrected = [form for form in map(draw, range(16)) if form.style.corrected]
    assert len(corrected) > 6
    for form in corrected:
        code = form.style.corrected
        assert form.truth[code] == VALUES[code]
        assert len(form.style.struck) == len(VALUES[code])
        assert form.style.struck != VALUES[code]
        assert on_page(form)


def test_no_correction_without_digits(monkeypatch):
    monkeypatch.setattr(forms, "CORRECTED_SHARE", 1.0)
    for seed in range(4):
        form = draw(seed, VALUES | {"phone": "无", "requested_kva": ""})
        assert (form.style.corrected, form.style.struck) == (None, None)


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("王\U000e0100伟", "王〓伟"),
        ("王\U0001f600", "王〓"),
        ("\ud800李", "〓李"),
        (" 王\t\n伟\u3000 ", "王 伟"),
        ("王\u200b伟\x07", "王伟"),
        ("龘䶮", "龘䶮"),
        ("", ""),
        ("\u200b", ""),
    ],
)
def test_printable(value, printed):
    assert forms.printable(value) == printed
    assert draw(1, {"name": value}).truth["name"] == printed


def test_blank_form():
    form = draw(5, {})
    assert set(form.truth.values()) == {""}
    assert form.boxes == {}


def test_too_long_is_cut_and_said():
    for seed in range(6):
        form = draw(seed, VALUES | {"name": "长" * 400})
        printed = form.truth["name"]
        assert printed.endswith(forms.CUT)
        assert 10 < len(printed) < 400
        assert set(printed[:-1]) == {"长"}
        assert on_page(form)


def test_unknown_field_is_refused():
    with pytest.raises(ValueError, match="colour"):
        draw(1, {"colour": "red"})


ODD = st.one_of(
    st.just(""),
    st.text(max_size=12),
    st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=80),
    st.text("0123456789W-.kVA ", max_size=60),
)


@settings(max_examples=40, deadline=None)
@given(
    values=st.dictionaries(st.sampled_from(list(forms.FIELDS)), ODD),
    seed=st.integers(0, 2**32 - 1),
)
def test_odd_values(values, seed):
    form = draw(seed, values)
    assert on_page(form)
    assert set(form.truth) == set(forms.FIELDS)
    assert set(form.boxes) == {code for code, text in form.truth.items() if text}
    for code, text in form.truth.items():
        asked = forms.printable(values.get(code, ""))
        kept = text.removesuffix(forms.CUT)
        assert text == asked or (text.endswith(forms.CUT) and asked.startswith(kept))
    with Image.open(io.BytesIO(form.png)) as image:
        assert image.size == (form.width, form.height)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_printable_twice_is_printable_once(value):
    assert forms.printable(forms.printable(value)) == forms.printable(value)
