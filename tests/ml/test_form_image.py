"""Simulated forms are read from their pixels, without a network; what is no image says so."""

import io
import socket

import numpy as np
import pytest
from PIL import Image

from connectors.simulator import forms
from ml import form_fields, form_image

OPTIONS = {
    "kind": list(forms.KINDS),
    "voltage": ["220V", "380V", "10kV"],
    "category": ["居民生活", "一般工商业"],
}
VALUES = {
    "application_no": "Y1-0000005821",
    "name": "李霞志",
    "id_no": "990101196408059697",
    "phone": "14449548873",
    "address": "临江市城北区文化路3号12幢401室",
    "kind": "过户",
    "requested_kva": "12",
    "voltage": "220V",
    "category": "居民生活",
    "submitted_on": "2026-02-10",
}


def drawn(level: str, layout: str) -> forms.Form:
    """The first form of that look."""
    for seed in range(200):
        form = forms.draw(VALUES, np.random.default_rng(seed))
        if (form.style.level, form.style.layout) == (level, layout) and not form.style.corrected:
            return form
    raise AssertionError("no such form")


@pytest.mark.slow
@pytest.mark.parametrize(("level", "layout"), [("plain", "table"), ("worn", "letter")])
def test_a_form_is_read_from_its_pixels_and_nothing_is_fetched(level, layout, monkeypatch):
    def refuse(*_args, **_more):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    form = drawn(level, layout)
    looks = [form_fields.read(lines, OPTIONS) for lines in form_image.passes(form.png, OPTIONS)]
    found = form_fields.merged(looks)
    assert sum(found[code].value == text for code, text in form.truth.items()) >= 9


@pytest.mark.parametrize("data", [b"", b"no image", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_what_is_no_image_says_so(data):
    with pytest.raises(form_image.UnreadableImage):
        form_image.passes(data, OPTIONS)


def test_half_an_image_is_damaged():
    out = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    Image.fromarray(noise).save(out, "PNG")
    with pytest.raises(form_image.UnreadableImage):
        form_image.opened(out.getvalue()[:2000])


def test_a_page_without_anything_on_it_has_no_lines(monkeypatch):
    monkeypatch.setattr(form_image, "_lines", lambda page: [])
    out = io.BytesIO()
    Image.new("L", (300, 200), 255).save(out, "PNG")
    assert form_image.passes(out.getvalue(), OPTIONS) == [[], []]


def test_a_seal_is_taken_for_paper_and_ink_under_it_stays():
    page = np.full((4, 4, 3), (240, 240, 235), dtype=np.uint8)
    page[0] = (206, 62, 58)
    page[1] = (22, 24, 34)
    clean = form_image.without_seal(page)
    # Blue first, as the reader wants it.
    assert clean[0, 0].tolist() == clean[2, 0].tolist() == [235, 240, 240]
    assert clean[1, 0].tolist() == [34, 24, 22]


def test_clearing_evens_the_light_and_blackens_faint_ink():
    light = np.linspace(140, 230, 400)[None, :].repeat(200, axis=0)
    light[90:110, 50:350] -= 30
    page = np.repeat(light.astype(np.uint8)[..., None], 3, axis=2)
    cleared = form_image.cleared(page)[..., 0].astype(int)
    ink, paper = cleared[95:105, 60:340], cleared[10:40, 60:340]
    assert paper.min() - ink.max() > 60
    assert np.ptp(paper) < np.ptp(page[10:40, 60:340, 0].astype(int))
