"""One spelling for what names a customer: numbers checked, names and addresses made comparable.

A value that cannot be right (a wrong check digit, a placeholder, a name in a wrong encoding that
cannot be mended) becomes None: it must neither join two records nor keep them apart.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from functools import cache

import pandas as pd
from pypinyin import lazy_pinyin

# Above these, a number belongs to whoever typed it in (a clerk, an agent), not to the customers.
MAX_NAMES_PER_ID = 3
MAX_RECORDS_PER_PHONE = 20
# Above this a name distinguishes nobody, and its pairs would take over the run.
MAX_RECORDS_PER_NAME = 1_000
MAX_PLACES = 20

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_LEGAL_FORM = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|责任公司|股份公司|公司|个人独资企业|个体工商户|\(个体\))$"
)
_FIRM_WORDS = re.compile(
    r"(公司|企业|工商户|厂|店|超市|合作社|学校|小学|中学|医院|委员会|所|局|办事处)$"
)
_REGION = re.compile(r"^(?:[^省市县区]{2,6}(?:省|自治区))?([^省市县区]{2,4})(?:市|县|区)")
_HONORIFIC = re.compile(r"(先生|女士|小姐)$")
_NOT_A_SIGN = re.compile(r"[\W_]+")
_CJK = re.compile(r"^[\u3400-\u9fff]+$")
_BUILDING = re.compile(r"^.*?(?:\d+|[一二三四五六七八九十]+)(?:号|弄)")
_STREET = re.compile(r"^.*?(?:大道|路|街|巷|胡同|村|镇|乡)")
# Initials and endings that accents run together; what clerks hear is compared without them.
_ACCENT = ((re.compile(r"^([zcs])h"), r"\1"), (re.compile(r"ng$"), "n"), (re.compile(r"^n"), "l"))


def _plain(text: object) -> str:
    """Full-width signs narrowed, white space off, capitals; empty for what is no text."""
    if not isinstance(text, str):
        return ""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()


def identity_number(text: object) -> str | None:
    """A valid identity number (GB 11643) with 18 signs; those of 15 are brought to 18."""
    number = _plain(text)
    if re.fullmatch(r"\d{15}", number):
        number = number[:6] + "19" + number[6:]
        number += _id_check(number)
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number) or _id_check(number) != number[17]:
        return None
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return number


def _id_check(number: str) -> str:
    total = sum(int(sign) * weight for sign, weight in zip(number, _ID_WEIGHTS, strict=False))
    return _ID_CHECK[total % 11]


def credit_code(text: object) -> str | None:
    """A valid unified social credit code (GB 32100)."""
    code = _plain(text)
    if len(code) != 18 or any(sign not in _CODE_SIGNS for sign in code):
        return None
    pairs = zip(code, _CODE_WEIGHTS, strict=False)
    total = sum(_CODE_SIGNS.index(sign) * weight for sign, weight in pairs)
    return code if _CODE_SIGNS[-total % 31] == code[17] else None


def phone_number(text: object) -> str | None:
    """Digits of a mobile or landline number without the country's code; no placeholder."""
    digits = re.sub(r"\D", "", _plain(text))
    digits = re.sub(r"^(?:00)?86(?=1\d{10}$)", "", digits)
    if not re.fullmatch(r"1\d{10}|0\d{9,11}|[2-9]\d{6,7}", digits):
        return None
    last = digits[-7:]
    return None if len(set(last)) < 2 or last in "01234567890" else digits


def mended(text: str) -> str | None:
    """A name whose UTF-8 was read as GB18030, read rightly; None if signs were lost for good."""
    if "\ufffd" in text:  # what a decoder puts for what it can't read
        return None
    try:
        right = text.encode("gb18030").decode("utf-8")
    except UnicodeError:
        return text
    return right if _CJK.match(right) else text


def person_name(text: object) -> str | None:
    """A person's name without white space, points and forms of address."""
    name = _HONORIFIC.sub("", _NOT_A_SIGN.sub("", mended(_plain(text)) or ""))
    return name if len(name) > 1 else None


def firm_name(text: object, regions: frozenset[str] = frozenset()) -> str | None:
    """A firm's own name: without legal form, brackets and the region in front of it."""
    name = _LEGAL_FORM.sub("", mended(_plain(text)) or "")
    name = _NOT_A_SIGN.sub("", name)
    for _ in range(2):  # city, then county
        word = next((r for r in sorted(regions, key=len, reverse=True) if name.startswith(r)), "")
        rest = name[len(word) :]
        if word and len(rest) > 3:
            name = re.sub(r"^(市|县|区)(?=..)", "", rest)
    return name if len(name) > 1 else None


def regions_of(addresses: pd.Series) -> frozenset[str]:
    """Names of cities and counties that begin at least one in twenty addresses."""
    found = addresses.dropna().map(_plain).str.extract(_REGION.pattern, expand=False)
    shares = found.value_counts() / max(len(found), 1)
    return frozenset(shares[shares >= 0.05].index)


@cache
def _sound_of(sign: str) -> str:
    sound = lazy_pinyin(sign)[0]
    for pattern, plain in _ACCENT:
        sound = pattern.sub(plain, sound)
    return sound


def sound(name: str | None) -> str | None:
    """How a name is heard: pinyin without tones and without what accents run together."""
    return " ".join(map(_sound_of, name)) if name else None


def is_firm(name: object, legal_form: object, code: str | None) -> bool:
    """By the source's word, else by a credit code, else by the name."""
    if isinstance(legal_form, str):
        return legal_form != "person"
    return code is not None or bool(_FIRM_WORDS.search(_plain(name)))


def building(address: object) -> str | None:
    """An address up to the house number."""
    found = _BUILDING.match(_plain(address))
    return found[0] if found else None


def street(address: object) -> str | None:
    """An address up to the street or village."""
    found = _STREET.match(_plain(address))
    return found[0] if found else None


def _each(values: pd.Series, function: Callable) -> pd.Series:
    """``function`` of each distinct value, None where it gives none."""
    distinct = {value: function(value) for value in values.dropna().unique()}
    return values.map(distinct).astype(object).where(values.notna(), None)


def _without_common(values: pd.Series, limit: int) -> pd.Series:
    return values.where(values.map(values.value_counts()) <= limit, None)


def standardise(records: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """One row per customer record, as the model compares it.

    ``records``: customer_no, name, legal_form, id_no, credit_code, phone. ``accounts``:
    customer_no, account_name, premise_address. Columns given: record_no, kind, id_no, credit_code,
    phone, name, name_sound, alias (the name on its accounts, if they agree), name_key and alias_key
    (the same but for very common ones), premises, buildings, streets (lists), building (the first).
    """
    table = pd.DataFrame({"record_no": records["customer_no"].astype(str)})
    records = records.reset_index(drop=True)
    table = table.reset_index(drop=True)
    table["credit_code"] = _each(records["credit_code"], credit_code)
    firms = [
        is_firm(*row)
        for row in zip(records["name"], records["legal_form"], table["credit_code"], strict=True)
    ]
    table["kind"] = pd.Series(firms, dtype=bool).map({True: "firm", False: "person"})
    table["id_no"] = _each(records["id_no"], identity_number)
    table["phone"] = _each(records["phone"], phone_number)
    regions = regions_of(accounts["premise_address"])
    alias = accounts.dropna(subset=["account_name"]).groupby("customer_no")["account_name"]
    alias = alias.first().where(alias.nunique() == 1)
    raw = {"name": records["name"], "alias": table["record_no"].map(alias)}
    is_firms = table["kind"] == "firm"
    for column, values in raw.items():
        own = _each(values, lambda text: firm_name(text, regions)).where(is_firms)
        table[column] = own.where(is_firms, _each(values, person_name))
        table[column] = table[column].where(table[column].notna(), None)
    # A record without a readable name is known by the one on its accounts.
    table["name"] = table["name"].where(table["name"].notna(), table["alias"])
    table["name_sound"] = _each(table["name"], sound)
    names = table.groupby("id_no")["name_sound"].nunique()
    table["id_no"] = table["id_no"].where(table["id_no"].map(names) <= MAX_NAMES_PER_ID, None)
    table["phone"] = _without_common(table["phone"], MAX_RECORDS_PER_PHONE)
    for column in ("name", "alias"):
        table[f"{column}_key"] = _without_common(table[column], MAX_RECORDS_PER_NAME)
    places = accounts[["customer_no"]].assign(
        premises=_each(accounts["premise_address"], _plain),
        buildings=_each(accounts["premise_address"], building),
        streets=_each(accounts["premise_address"], street),
    )
    for column in ("premises", "buildings", "streets"):
        lists = (
            places[["customer_no", column]]
            .dropna()
            .drop_duplicates()
            .sort_values(["customer_no", column])
            .groupby("customer_no")[column]
            .agg(lambda values: list(values)[:MAX_PLACES])
        )
        table[column] = table["record_no"].map(lists)
        table[column] = table[column].where(table[column].notna(), None)
    table["building"] = table["buildings"].map(lambda listed: listed[0], na_action="ignore")
    table["building"] = table["building"].where(table["building"].notna(), None)
    return table.sort_values("record_no", ignore_index=True)
