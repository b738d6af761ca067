"""Whatever lands: valid rows come back exactly, garbage never raises and is accounted for."""

import csv
import gzip
import io
import unicodedata
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

FEW = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    # A smaller example is not worth minutes of shrinking.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
COLUMNS = ("sale_no", "sold_on", "sold_at", "pieces", "price", "is_paid", "state", "buyer", "note")
# What text files hold: no surrogates, no NUL; blanks at the ends do not belong to a value.
CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")
BLANKS = "".join(map(chr, filter(lambda c: unicodedata.category(chr(c)) == "Zs", range(0x10000))))
WORDS = st.text(CHARACTERS, max_size=12).map(lambda word: word.strip(BLANKS))
ROWS = st.tuples(
    WORDS.filter(bool),
    st.dates(date(1900, 1, 1), date(2100, 12, 31)),
    st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
    st.none() | st.integers(0, 100),
    st.none() | st.decimals("-999999.99", "999999.99", places=2),
    st.none() | st.booleans(),
    st.none() | st.sampled_from(["open", "done"]),
    WORDS.map(lambda word: word or None),
    WORDS.map(lambda word: word or None),
)


def as_csv(rows: list[tuple], order: list[int], quoting: int, end: str) -> str:
    target = io.StringIO(newline="")
    if any("\r" in str(value) for row in rows for value in row):
        # Python's writer leaves a lone \r bare when lines end in \n; a CSV must quote it.
        quoting = csv.QUOTE_ALL
    writer = csv.writer(target, quoting=quoting, lineterminator=end)
    writer.writerow([COLUMNS[place] for place in order])
    for row in rows:
        writer.writerow(["" if row[place] is None else str(row[place]) for place in order])
    return target.getvalue()


@FEW
@given(
    rows=st.lists(ROWS, max_size=8),
    order=st.permutations(range(len(COLUMNS))),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    zipped=st.booleans(),
)
@example(
    # "a " in GB18030 is UTF-8 as well, and a lone quote inside a value.
    rows=[('a"b', date(2026, 1, 1), None, 0, Decimal("0.00"), False, None, "\r\n", "\u2028")],
    order=list(range(len(COLUMNS))),
    quoting=csv.QUOTE_MINIMAL,
    end="\r\n",
    encoding="gb18030",
    zipped=False,
)
def test_valid_rows_come_back_exactly(new_workspace, rows, order, quoting, end, encoding, zipped):
    content = as_csv(rows, order, quoting, end).encode(encoding)
    if encoding == "gb18030" and not content.isascii():
        # Bytes that happen to be UTF-8 too are read as UTF-8: no reader could tell.
        try:
            content.decode()
            return
        except UnicodeDecodeError:
            pass
    workspace = new_workspace()
    workspace.land(gzip.compress(content) if zipped else content, "a.csv.gz" if zipped else "a.csv")
    report = workspace.intake()
    assert report.rejected == {}
    assert report.quarantined == 0, workspace.rows("breach_columns, breach_reasons")
    assert workspace.rows(", ".join(COLUMNS)) == rows


@FEW
@given(content=st.binary(max_size=300), name=st.sampled_from(["a.csv", "a.csv.gz", "a.parquet"]))
@example(content=b"sale_no,sold_on\ns1,2026-01-01\x00\n", name="a.csv")
@example(content=b"sale_no,sold_on\r\rs1\r", name="a.csv")
def test_garbage_never_raises(new_workspace, content, name):
    accounted_for(new_workspace(), content, name)


@FEW
@given(
    body=st.text(st.sampled_from('ab,"\n\r 1-\t\0甲\x85\u2028'), max_size=60),
    encoding=st.sampled_from(["utf-8", "gb18030"]),
)
@example(body='a,"b\nc"d,"', encoding="utf-8")
@example(body='""",1\n"a""\n",2', encoding="utf-8")
@example(body="\r\n\r\na\r,\n", encoding="utf-8")
@example(body='" "', encoding="utf-8")
@example(body=" \n", encoding="utf-8")
def test_garbage_below_a_good_header_is_counted(new_workspace, body, encoding):
    accounted_for(new_workspace(), f"sale_no,sold_on\n{body}".encode(encoding), "a.csv")


@FEW
@given(cut=st.integers(1, 400), zipped=st.booleans(), damage=st.binary(min_size=1, max_size=4))
def test_a_damaged_file_is_accounted_for(new_workspace, cut, zipped, damage):
    lines = [f'n{number},2026-01-{number % 28 + 1:02d},"甲 ""乙"""' for number in range(40)]
    content = "\n".join(["sale_no,sold_on,buyer", *lines]).encode()
    content = gzip.compress(content) if zipped else content
    place = cut % len(content)
    content = content[:place] + damage + content[place + len(damage) :]
    accounted_for(new_workspace(), content, "a.csv.gz" if zipped else "a.csv")


def accounted_for(workspace, content: bytes, name: str) -> None:
    """The file is rejected with a reason, or each of its rows is in raw, good or quarantined."""
    name = workspace.land(content, name)
    report, taken = workspace.check(), workspace.intake()
    assert taken.rejected == report.rejected
    if taken.rejected:
        assert taken.rejected[name]
        assert workspace.rows() == []
        return
    assert taken.files[name].rows_landed == taken.files[name].rows == len(workspace.rows())
    assert taken.quarantined == sum(entity.breached_rows for entity in report.entities)


@FEW
@given(value=st.text("0123456789.-+eE_,Ninf ", max_size=14))
@example("1.005")
@example("1e2")
@example("NaN")
@example("999999.995")
@example("-")
@example("1_0")
def test_a_decimal_is_exact_or_a_breach(new_workspace, value):
    found = one_value(new_workspace(), "price", value)
    if found is not None:
        assert found == exact(value)
    elif value.strip():
        number = exact(value)
        plain = number is not None and number.is_finite() and not set(value) & set("eE_")
        is_breach = not plain or number != number.quantize(Decimal("0.01")) or abs(number) >= 10**6
        assert is_breach, f"{value!r} is a plain number that fits"


def exact(value: str) -> Decimal | None:
    try:
        return Decimal(value.strip())
    except InvalidOperation:
        return None


@FEW
@given(value=st.text("0123456789-/: T", min_size=6, max_size=12) | st.dates().map(str))
@example("2026-02-29")
@example("2024-02-29")
@example("26-01-01")
@example("2026-01-01 01:00")
@example("0000-01-01")
def test_a_day_is_exact_or_a_breach(new_workspace, value):
    found = one_value(new_workspace(), "sold_on", value)
    day = value.strip().replace("/", "-")
    if found is not None:
        year, month, rest = day.split("-")
        assert found == date(int(year), int(month), int(rest.replace("T", " ").split(" ")[0]))
    else:
        try:
            is_day = len(day) == 10 and date.fromisoformat(day).year >= 1000
        except ValueError:
            is_day = False
        assert not is_day, f"{value!r} is a day"


def one_value(workspace, column: str, value: str):
    """The value as taken in, or None where it is a breach (the row is kept either way)."""
    columns = {"sale_no": "s1", "sold_on": "2026-01-01", column: value}
    target = io.StringIO(newline="")
    csv.writer(target).writerows([columns.keys(), columns.values()])
    workspace.land(target.getvalue())
    report = workspace.intake()
    assert report.rows == 1
    ((found, broken),) = workspace.rows(f"{column}, breach_columns")
    assert (broken is None) or report.quarantined == 1
    if broken:
        return None
    return found
