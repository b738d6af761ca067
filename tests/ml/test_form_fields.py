"""Fields come out of lines with boxes: by label, by place, by shape; and say how sure they are."""

import pytest

from ml import form_fields
from ml.form_fields import FIELDS, Field, Line, read

OPTIONS = {
    "kind": ["增容", "过户"],
    "voltage": ["220V", "10kV", "110kV"],
    "category": ["居民生活", "大工业"],
}
VALUES = {
    "application_no": "Y1-0000005821",
    "name": "临江鑫达物流有限公司",
    "id_no": "990101196408059697",
    "phone": "14445587493",
    "address": "临江市城北区人民路2号12幢304室",
    "kind": "增容",
    "requested_kva": "24",
    "voltage": "220V",
    "category": "居民生活",
    "submitted_on": "2026-04-27",
}


def line(text: str, x: float, y: float, score: float = 1.0, slope: float = 0.0) -> Line:
    """A line of 20 points a Chinese character, on a page turned by ``slope``."""
    wide = sum(20 if ord(char) > 0x2E80 else 11 for char in text)
    corners = ((x, y), (x + wide, y), (x + wide, y + 24), (x, y + 24))
    return Line(text, score, tuple((cx - slope * cy, cy + slope * cx) for cx, cy in corners))


def page(slope: float = 0.0, **instead: str) -> list[Line]:
    """A list of fields, label and value apart."""
    said = VALUES | instead
    lines = [line("用电申请表", 300, 40, slope=slope)]
    for place, (code, labels) in enumerate(form_fields.LABELS.items()):
        y = 100 + 50 * place
        lines.append(line(f"{place + 1}. {labels[-1]}：", 60, y, slope=slope))
        lines.append(line(said[code], 260, y, slope=slope))
    return lines


def values(lines: list[Line]) -> dict[str, str | None]:
    return {code: field.value for code, field in read(lines, OPTIONS).items()}


@pytest.mark.parametrize("slope", [0.0, 0.08, -0.08])
def test_a_page_of_labels_and_values_is_read_even_askew(slope):
    assert values(page(slope)) == VALUES
    assert min(field.confidence for field in read(page(slope), OPTIONS).values()) > 0.9


def test_fields_of_one_sentence_are_told_apart():
    sentence = (
        "申请人户名：临江鑫达物流有限公司，证件号码：990101196408059697，联系电话：14445587493。"
    )
    found = values([line(sentence, 70, 100)])
    assert {code: found[code] for code in ("name", "id_no", "phone")} == {
        code: VALUES[code] for code in ("name", "id_no", "phone")
    }


def test_a_label_misread_by_one_character_still_names_its_field():
    assert (
        values([line("用电地扯：临江市城北区人民路2号", 60, 100)])["address"]
        == "临江市城北区人民路2号"
    )


def test_a_second_line_is_part_of_the_value_and_the_title_is_not():
    lines = [
        line("业扩报装申请表", 200, 66),
        line("用电地址", 60, 112),
        line("临江市城北区人民路2号", 200, 100),
        line("12幢304室", 200, 130),
        line("申请类型", 60, 180),
        line("过户", 200, 180),
    ]
    assert values(lines)["address"] == VALUES["address"]
    assert values(lines)["kind"] == "过户"


def test_what_was_crossed_out_is_not_the_value_and_a_person_looks():
    field = read([line("联系电话：14445587490 14445587493", 60, 100)], OPTIONS)["phone"]
    assert field.value == VALUES["phone"] and field.confidence < 0.9
    field = read([line("申请容量(kVA)：21", 60, 100), line("24", 400, 100)], OPTIONS)
    assert field["requested_kva"].value == "24" and field["requested_kva"].confidence < 0.9


def test_a_shape_tells_a_field_whose_label_is_too_faint_unless_two_have_it():
    assert (
        values([line("中请日", 60, 100), line("2026.04.27", 200, 100)])["submitted_on"]
        == "2026-04-27"
    )
    two = [line("14445587493", 60, 100), line("14445587494", 60, 200)]
    assert values(two)["phone"] is None
    assert read([line("2026-04-27", 60, 100)], OPTIONS)["submitted_on"].confidence < 0.95


def test_a_check_digit_speaks_against_a_misread_number():
    def identity(number: str) -> Field:
        return read([line(f"证件号码：{number}", 60, 100)], OPTIONS)["id_no"]

    assert identity("990101196408059697").confidence == 1.0
    assert identity("990101196408059691").confidence == 0.5
    # A credit code has no letter O.
    code = read([line("信用代码：919901O11CP5PQF4XT", 60, 100)], OPTIONS)["id_no"]
    assert code.value == "919901011CP5PQF4XT" and code.confidence == 1.0
    assert not form_fields.is_credit_code("919901011CP5PQF4XA")


def test_a_value_of_a_list_is_mended_by_one_character_where_that_is_unambiguous():
    found = read([line("用电类别：居民生活", 60, 100), line("供电电压：10KV", 60, 160)], OPTIONS)
    assert found["voltage"].value == "10kV"
    mended = read([line("用电类别：居民生舌", 60, 100)], OPTIONS)["category"]
    assert mended.value == "居民生活" and mended.confidence < 0.9
    assert read([line("申请类型：增户", 60, 100)], OPTIONS)["kind"].confidence < 0.5


def test_nothing_is_made_of_an_empty_page():
    assert values([]) == dict.fromkeys(FIELDS)
    assert form_fields.is_weak(read([], OPTIONS))
    assert not form_fields.is_weak(read(page(), OPTIONS))


def test_of_two_looks_the_surer_counts_and_a_lost_dash_does_not():
    weak = read(
        [line("申请编号：Y10000005821", 60, 100), line("户名：王石", 60, 160, 0.6)], OPTIONS
    )
    good = read(
        [line("申请编号：Y1-0000005821", 60, 100, 0.9), line("户名：王磊", 60, 160)], OPTIONS
    )
    merged = form_fields.merged([weak, good])
    assert merged["application_no"].value == "Y1-0000005821"
    assert merged["name"].value == "王磊"
