"""Customers from records: what joins two, what must not, what a hand decides, and what stays."""

import itertools

import pandas as pd
import pytest

from ml.identity import MAP_COLUMNS, resolve
from ml.identity_clusters import founders
from ml.identity_standard import (
    credit_code,
    firm_name,
    identity_number,
    mended,
    person_name,
    phone_number,
    sound,
)

# Valid by their check signs, of an area that does not exist.
ID_A, ID_B, ID_C = "990101196008090089", "99010119420416156X", "990101199310151288"


def code_of(body: str) -> str:
    """A credit code with the right check sign."""
    return next(
        body + sign for sign in "0123456789ABCDEFGHJKLMNPQRTUWXY" if credit_code(body + sign)
    )


CODE_A, CODE_B = code_of("91990101MA0000001"), code_of("91990101MA0000002")
NAMES = [
    a + b
    for a, b in itertools.product("赵钱孙李周吴郑王冯陈", ["伟业", "春花", "国强", "丽娟", "玉兰"])
]


def person(number, name, id_no=None, phone=None, address=None, account_name=None):
    return {
        "customer_no": number,
        "name": name,
        "legal_form": "person",
        "id_no": id_no,
        "credit_code": None,
        "phone": phone,
        "premise_address": address,
        "account_name": account_name or name,
    }


def firm(number, name, code=None, phone=None, address=None):
    row = person(number, name, None, phone, address)
    return row | {"legal_form": "enterprise", "credit_code": code}


def branch(*rows, size=2_000):
    """The rows among many other people: weights depend on how common a name is."""
    others = [
        person(
            f"X{place:06d}",
            NAMES[place % len(NAMES)][0] + chr(0x4E00 + place),
            phone=f"13{place:09d}",
            address=f"临江市城北区文化路{place}号",
        )
        for place in range(1, size)
    ]
    table = pd.DataFrame([*rows, *others])
    return table[["customer_no", "name", "legal_form", "id_no", "credit_code", "phone"]], table[
        ["customer_no", "account_name", "premise_address"]
    ]


def decisions(*rows):
    return pd.DataFrame(rows, columns=["customer_no_a", "customer_no_b", "decision"], dtype=object)


def customers(*rows, by_hand=(), previous=None, as_of="2026-01-31"):
    """Founder of each of the rows' records."""
    result = resolve(*branch(*rows), decisions(*by_hand), as_of, previous)
    found = result.map.set_index("customer_no")["founder_no"]
    return {row["customer_no"]: found[row["customer_no"]] for row in rows}


def are_one(*rows, **options):
    return len(set(customers(*rows, **options).values())) == 1


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (" 990101 19600809 0089", ID_A),
        ("99010119420416156x", ID_B),
        ("９９０１０１１９６００８０９００８９", ID_A),
        ("990101600809008", identity_number("990101600809008")),
        ("990101196008090088", None),  # check digit
        ("990101196013090083", None),  # month 13
        ("1" * 18, None),
        (None, None),
    ],
)
def test_an_identity_number_counts_only_if_it_can_be_one(text, number):
    assert identity_number(text) == number


def test_a_number_of_15_signs_is_the_same_persons_as_its_18():
    assert identity_number(ID_A[:6] + ID_A[8:17]) == ID_A


def test_a_credit_code_counts_only_with_its_check_sign():
    assert credit_code(CODE_A.lower()) == CODE_A
    assert credit_code(CODE_A[:8] + "B" + CODE_A[9:]) is None and credit_code("0") is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+86 138-1234-5671", "13812345671"),
        ("008613812345671", "13812345671"),
        ("0571-8765 4329", "057187654329"),
        ("13800000000", None),
        ("13801234567", None),
        ("无", None),
    ],
)
def test_a_phone_loses_its_dress_and_placeholders_are_none(text, number):
    assert phone_number(text) == number


def test_names_are_compared_without_what_is_not_theirs():
    regions = frozenset({"临江"})
    variants = [
        "临江宏达商贸有限公司",
        "临江市宏达商贸有限责任公司",
        "宏达商贸（股份）有限公司",
        "宏达商贸",
    ]
    assert [firm_name(name, regions) for name in variants[:2]] == ["宏达商贸"] * 2
    assert firm_name(variants[3], regions) == "宏达商贸"
    assert firm_name("临江水务有限公司", regions) != firm_name("滨水水务有限公司", regions)
    assert person_name(" 王 小芳 女士") == "王小芳"


def test_a_name_in_a_wrong_encoding_is_mended_or_dropped():
    def garbled(name):
        return name.encode("utf-8").decode("gb18030", errors="replace")

    assert garbled("王芳") != "王芳" and mended(garbled("王芳")) == "王芳"
    assert mended(garbled("王小芳")) is None
    assert mended("王小芳") == "王小芳"


def test_what_sounds_alike_is_heard_alike():
    assert sound("陈静") == sound("程婧") and sound("张丽") == sound("章莉")
    assert sound("王芳") != sound("李芳")


def test_a_misheard_name_with_the_same_identity_number_is_one_person():
    rows = person("C1", "张建华", ID_A, "13912340001"), person("C2", "张健花", ID_A, "13912340002")
    assert are_one(*rows)


def test_a_shared_phone_does_not_merge_a_family():
    rows = person("C1", "张建华", phone="13912340001"), person("C2", "李玉兰", phone="13912340001")
    assert not are_one(*rows)
    # Nor brothers, whose names differ by one character, nor a family in one flat.
    assert not are_one(rows[0], person("C2", "张建国", phone="13912340001"))
    home = "临江市城北区解放路9号1幢101室"
    assert not are_one(*(row | {"premise_address": home} for row in rows))


def test_the_same_phone_and_a_name_of_the_same_sound_are_one_person():
    rows = person("C1", "张建华", phone="13912340001"), person("C2", "张健花", phone="13912340001")
    assert are_one(*rows)


def test_a_phone_of_many_is_an_agents():
    def two_of_a_name(sharers):
        names = ["欧阳建华", "欧阳建华", *NAMES[: sharers - 2]]
        return [
            person(f"C{place:02}", name, phone="13912340001") for place, name in enumerate(names)
        ]

    few, many = customers(*two_of_a_name(4)), customers(*two_of_a_name(25))
    assert few["C00"] == few["C01"] and len(set(many.values())) == 25


def test_two_of_a_name_in_one_street_are_two_people():
    one = person("C1", "张建华", phone="13912340001", address="临江市城北区解放路9号1幢101室")
    other = person("C2", "张建华", phone="13912340002", address="临江市城北区解放路99号1幢101室")
    assert not are_one(one, other)
    assert not are_one(one | {"phone": None}, other | {"phone": None})


def test_people_with_two_valid_numbers_stay_apart_whatever_else_agrees():
    same = {"phone": "13912340001", "address": "临江市城北区解放路9号1幢101室"}
    one, other = person("C1", "张建华", ID_A, **same), person("C3", "张建华", ID_B, **same)
    assert not are_one(one, other)
    # Nor does a third without a number join them: it goes to one.
    between = person("C2", "张建华", **same)
    found = customers(one, between, other)
    assert found["C1"] != found["C3"] and found["C2"] in (found["C1"], found["C3"])


def test_a_number_typed_in_for_somebody_else_does_not_merge():
    rows = person("C1", "张建华", ID_A, "13912340001"), person("C2", "李玉兰", ID_A, "13912340002")
    assert not are_one(*rows)


def test_a_number_of_many_names_is_a_clerks():
    rows = [
        person(f"C{place}", name, ID_A, "13912340001")
        for place, name in enumerate(["张建华", "李玉兰", "王国强", "赵春花", "张建华"])
    ]
    found = customers(*rows)
    assert found["C0"] == found["C4"] and len(set(found.values())) == 4


def test_the_name_on_the_accounts_speaks_for_a_renamed_customer():
    one = person("C1", "张建华", phone="13912340001")
    renamed = person("C2", "张红卫", phone="13912340001", account_name="张建华")
    assert are_one(one, renamed)
    assert not are_one(one, renamed | {"account_name": "张红卫"})


def test_variants_of_a_firms_name_are_one_firm():
    names = ["临江宏达商贸有限公司", "临江市宏达商贸有限责任公司", "宏达商贸"]
    rows = [firm(f"C{place}", name, phone="13912340001") for place, name in enumerate(names)]
    # Addresses, here those of the others, say which words are the region.
    assert are_one(*rows)
    assert not are_one(rows[0], firm("C9", "临江宏源建材有限公司", phone="13912340001"))


def test_two_firms_of_one_bookkeeper_are_two():
    rows = [
        firm("C1", "临江宏达商贸有限公司", CODE_A, "13912340001"),
        firm("C2", "临江宏达商贸有限公司", CODE_B, "13912340001"),
    ]
    assert not are_one(*rows)


def test_a_hand_merges_what_evidence_would_not():
    rows = person("C1", "张建华", ID_A), person("C2", "李玉兰", ID_B)
    assert not are_one(*rows)
    assert are_one(*rows, by_hand=[("C1", "C2", "same")])
    result = resolve(*branch(*rows), decisions(("C1", "C2", "same")), "2026-01-31")
    (link,) = result.links.to_dict("records")
    assert (link["customer_no_a"], link["customer_no_b"], link["method"]) == (
        "C1",
        "C2",
        "override",
    )


def test_a_hand_splits_also_over_a_third_and_cuts_the_weaker_link():
    strong = {"id_no": ID_A, "phone": "13912340001"}
    rows = [
        person("C1", "张建华", **strong),
        person("C2", "张建华", **strong),
        person("C3", "张建华", phone="13912340001"),
    ]
    assert are_one(*rows)
    found = customers(*rows, by_hand=[("C1", "C3", "different")])
    assert found == {"C1": "C1", "C2": "C1", "C3": "C3"}


def test_every_merge_is_explained_and_nothing_personal_is_given():
    rows = person("C1", "张建华", ID_A, "13912340001"), person("C2", "张健花", ID_A, "13912340002")
    result = resolve(*branch(*rows), decisions(), "2026-01-31")
    (link,) = result.links.to_dict("records")
    assert (link["id_no_level"], link["phone_level"], link["name_level"]) == (
        "exact",
        "differs",
        "same_sound",
    )
    parts = [value for column, value in link.items() if column.endswith("_weight")]
    prior = link["weight"] - sum(parts)
    assert prior == pytest.approx(-14.3, abs=0.1)  # 1 record in 10 repeats another of 2,001
    text = result.map.to_csv() + result.links.to_csv()
    assert not [value for value in ("张", "健花", ID_A, "1391234") if value in text]


def test_the_order_of_rows_changes_nothing():
    strong = {"id_no": ID_A, "phone": "13912340001"}
    records, accounts = branch(*(person(f"C{place}", "张建华", **strong) for place in range(4)))
    once = resolve(records, accounts, decisions(), "2026-01-31")
    again = resolve(
        records.sample(frac=1, random_state=1),
        accounts.sample(frac=1, random_state=2),
        decisions(),
        "2026-01-31",
    )
    pd.testing.assert_frame_equal(once.map, again.map)
    pd.testing.assert_frame_equal(once.links, again.links)


def test_records_that_say_nothing_are_customers_of_their_own():
    records = pd.DataFrame({"customer_no": ["C1", "C2"], **dict.fromkeys(
        ["name", "legal_form", "id_no", "credit_code", "phone"])})  # fmt: skip
    accounts = pd.DataFrame(
        {"customer_no": ["C1"], "account_name": [None], "premise_address": [None]}
    )
    for rows in (records, records.head(0)):
        result = resolve(rows, accounts, decisions(), "2026-01-31")
        assert list(result.map["founder_no"]) == list(rows["customer_no"])
        assert result.links.empty


def test_an_unknown_decision_is_refused():
    with pytest.raises(ValueError, match="decision"):
        customers(person("C1", "张建华"), by_hand=[("C1", "C2", "maybe")])


def before(*rows):
    return pd.DataFrame(rows, columns=MAP_COLUMNS)


def named(clusters, previous):
    table = founders(clusters, previous, "2026-02-28")
    return {row.customer_no: (row.founder_no, row.founded_on) for row in table.itertuples()}


def test_a_new_record_with_a_smaller_number_does_not_rename_its_customer():
    previous = before(("C5", "C5", "2026-01-31"), ("C7", "C5", "2026-01-31"))
    found = named({"C1": "a", "C5": "a", "C7": "a", "C9": "b"}, previous)
    assert {found[number][0] for number in ("C1", "C5", "C7")} == {"C5"}
    assert found["C9"] == ("C9", "2026-02-28")


def test_when_customers_merge_the_one_known_longest_stays():
    previous = before(("C1", "C1", "2026-01-31"), ("C5", "C5", "2025-12-31"))
    assert set(named({"C1": "a", "C5": "a"}, previous).values()) == {("C5", "2025-12-31")}


def test_a_split_leaves_the_name_with_the_founder_and_what_was_lost_comes_back():
    merged = before(
        ("C1", "C5", "2025-12-31"), ("C5", "C5", "2025-12-31"), ("C7", "C5", "2025-12-31")
    )
    found = named({"C1": "a", "C7": "a", "C5": "b"}, merged)
    assert found["C5"] == ("C5", "2025-12-31")
    assert found["C1"] == found["C7"] == ("C1", "2026-02-28")


def test_a_founder_that_is_gone_still_names_its_customer():
    previous = before(
        ("C1", "C1", "2026-01-31"), ("C3", "C1", "2026-01-31"), ("C4", "C1", "2026-01-31")
    )
    # The two it left behind are no longer one: only one of them can keep the name.
    found = named({"C3": "a", "C4": "b"}, previous)
    assert found["C3"][0] == "C1" and found["C4"][0] == "C4"
