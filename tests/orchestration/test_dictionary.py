"""The dictionary in Chinese and the diagrams say what the YAML says."""

import pytest

from orchestration import chinese, erd
from orchestration.dictionary import dictionary_zh
from orchestration.published import tables, write_or_check


@pytest.mark.parametrize(
    ("name", "data_type", "unit"),
    [
        ("usage_kwh_12m", "decimal(18,4)", "千瓦时，近12个月"),
        ("mean_price_cny_per_kwh_12m", "double", "元/千瓦时，近12个月"),
        ("heating_kwh_per_hdd", "double", "千瓦时/采暖度日"),
        ("late_bill_share_12m", "double", "占比（0–1），近12个月"),
        ("billed_cny_1m", "decimal(18,2)", "元，当月"),
        ("contacts_30d", "integer", "计数，近30天"),
        ("requested_kva", "decimal(18,3)", "千伏安"),
        ("account_no", "varchar", ""),
        ("may_contact_by_sms", "boolean", ""),
    ],
)
def test_a_unit_and_a_window_are_read_from_the_name(name, data_type, unit):
    assert chinese.unit(name, data_type) == unit


@pytest.mark.parametrize(
    ("description", "is_full", "words"),
    [
        ("In kVA; null if not recorded.", False, "未登记时为空"),
        ("Orders; 0 without any.", True, "不为空；无则为 0"),
        ("Bills; null if none was billed.", False, "各户均无账单时为空"),
        ("Mean; null on a Tuesday.", False, "可为空，见英文版"),
        ("Status.", False, "—"),
    ],
)
def test_set_phrases_of_null_are_in_chinese_and_others_refer_to_the_english(
    description, is_full, words
):
    assert chinese.null(description, is_full) == words


def test_every_column_is_in_the_chinese_dictionary_with_its_label_and_values():
    page = dictionary_zh()
    for table in tables().values():
        section = page.split(f"### {table.label_zh} · {table.name}\n")[1].split("\n### ")[0]
        for column in table.columns:
            assert f"| {column['config']['meta']['label_zh']} | {column['name']} |" in section
    assert "person、enterprise、public_body" in page and "granted、denied、unknown" in page


def test_a_tested_reference_is_a_full_line_and_a_name_alone_a_dotted_one():
    drawn = {row[0]: row[1:] for row in erd.references(tables()["fct_touch"])}
    assert drawn["campaign_no"] == ("dim_campaign", True)
    assert drawn["staff_no"] == ("dim_staff", False)
    # The test looks into staging; the published table of that key is drawn.
    paid = {row[0]: row[1:] for row in erd.references(tables()["fct_bill_payment"])}
    assert paid["bill_no"] == ("fct_bill", True)
    assert "touch_no" not in drawn, "a table does not refer to itself"
    page = next(text for path, text in erd.pages().items() if path.name == "campaign.md")
    assert "fct_touch }o--|| dim_campaign : campaign_no" in page
    assert "fct_touch }o..o| dim_staff : staff_no" in page


def test_a_stale_page_is_named(tmp_path):
    page = tmp_path / "page.md"
    with pytest.raises(SystemExit, match=r"page\.md out of date: run make it"):
        write_or_check({page: "new"}, True, "make it")
    write_or_check({page: "new"}, False, "make it")
    write_or_check({page: "new"}, True, "make it")
