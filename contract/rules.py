"""The one interpretation of the hard rules: SQL over the rows of one landed file.

Used by the checker and by the intake alike, so that what is reported and what is quarantined
can't drift apart.
"""

from contract.model import Column, Entity

LINE = "_line"  # 1-based line in the landed file
LINE_ERROR = "_line_error"  # why the line could not be split into fields; null if it could
BREACH_COLUMNS = ("breach_columns", "breach_values", "breach_reasons")
_TYPE_WORDS = {
    "date": "is not a date (YYYY-MM-DD)",
    "timestamp": "is not a time (YYYY-MM-DD HH:MM:SS)",
    "integer": "is not a whole number",
    "boolean": "is not true or false",
}
# DuckDB reads more than is meant (`epoch` as a date, `3.7` as 4, a time zone as nothing), so text
# must have one of these forms. Spreadsheets write slashes, and dates with a time of midnight; years
# begin at 1000, since 0001-01-01 is how some systems write "none".
_DAY = "[1-9][0-9]{3}(-[0-9]{1,2}-|/[0-9]{1,2}/)[0-9]{1,2}"
_FORMS = {
    "date": _DAY + "([ T]00:00(:00([.]0+)?)?)?",
    "timestamp": _DAY + "([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?)?",
    "integer": "[+-]?[0-9]+([.]0*)?",
    "decimal": "[+-]?([0-9]+([.][0-9]{0,%(scale)s}0*)?|[.][0-9]{1,%(scale)s}0*)",
}


def text(value: str) -> str:
    """``value`` as an SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def rows_sql(entity: Entity, found: dict[str, str], relation: str, source_file: str) -> str:
    """SQL that gives one typed row per row of ``relation``, with its breaches.

    ``found`` maps the contract columns that the file has to their types there (lower case);
    ``relation`` also has the columns ``LINE`` and ``LINE_ERROR``.
    """
    values, checks = [], []
    has_personal = any(column.personal for column in entity.columns)
    for column in entity.columns:
        raw, typed = _value(column, found.get(column.name))
        values.append(f"{typed} as {_quoted(column.name)}")
        if tests := _tests(column, raw, typed, found.get(column.name)):
            checks.append((column, raw, tests))
    broken_line = f"{LINE_ERROR} is not null"
    # A cheap test first: DuckDB evaluates the wording only for the rows that fail it.
    any_broken = " or ".join([broken_line, *(test for _, _, tests in checks for test, _ in tests)])
    parts = [(f"case when {broken_line} then '(line)' end", "cast(null as varchar)", LINE_ERROR)]
    for column, raw, tests in checks:
        # A line that could not be split has no fields to judge.
        broken = f"{LINE_ERROR} is null and ({' or '.join(test for test, _ in tests)})"
        reason = " ".join(f"when {test} then {text(words)}" for test, words in tests)
        parts.append(
            (
                f"case when {broken} then {text(column.name)} end",
                f"case when {broken} then {_shown(column, raw, has_personal)} end",
                f"case when {broken} then case {reason} end end",
            )
        )
    joined = [
        f"case when _broken then nullif(concat_ws(' | ', {', '.join(expressions)}), '') end "
        f"as {name}"
        for name, expressions in zip(BREACH_COLUMNS, zip(*parts, strict=True), strict=True)
    ]
    return (
        f"select {', '.join(values)}, {text(source_file)} as source_file, "
        f"cast({LINE} as bigint) as source_line, {', '.join(joined)} "
        f"from (select *, {any_broken} as _broken from {relation})"
    )


def _quoted(name: str) -> str:
    return '"' + name + '"'


def _value(column: Column, file_type: str | None) -> tuple[str, str]:
    """The value as landed (blank text is null) and the value in the contract's type."""
    if file_type is None:
        return "null", f"cast(null as {column.data_type})"
    raw = _quoted(column.name)
    if file_type == "varchar":
        raw = f"nullif(trim({raw}), '')"
    if column.data_type == "varchar" and file_type in ("double", "float"):
        # A key that a spreadsheet made a number: 33 and not 33.0.
        whole = f"{raw} = floor({raw}) and abs({raw}) < 1e15"
        number = f"cast(cast({raw} as bigint) as varchar)"
        return raw, f"case when {whole} then {number} else cast({raw} as varchar) end"
    if file_type == column.data_type:
        return raw, raw
    return raw, f"try_cast({raw} as {column.data_type})"


def _inexact(column: Column, raw: str, typed: str, file_type: str) -> str | None:
    """SQL that is true where the contract's type would change the value that landed."""
    kind, _, scale = column.data_type.partition("(")
    if file_type != "varchar":
        # A binary float has no exact decimal, so only this rounds.
        is_rounding = kind == "decimal" and file_type in ("float", "double")
        is_checked = kind in _FORMS and not is_rounding
        return f"({raw} is distinct from {typed})" if is_checked else None
    if kind not in _FORMS:
        return None
    form = _FORMS[kind]
    if kind == "decimal":
        form %= {"scale": scale.rstrip(")").split(",")[1]}
    return f"not regexp_full_match({raw}, {text(form)})"


def _tests(column: Column, raw: str, typed: str, file_type: str | None) -> list[tuple[str, str]]:
    """Pairs of SQL test and words: a row breaks the column's first rule whose test is true."""
    if file_type is None:
        missing = ("true", "is required, but the file has no such column")
        return [missing] if column.required else []
    tests = []
    if column.required:
        tests.append((f"{raw} is null", "is required, but empty"))
    if raw != typed:
        words = _TYPE_WORDS.get(column.data_type, f"does not fit {column.data_type}")
        tests.append((f"({raw} is not null and {typed} is null)", words))
        if inexact := _inexact(column, raw, typed, file_type):
            tests.append((inexact, words))
    if column.allowed:
        options = ", ".join(text(option) for option in column.allowed)
        tests.append((f"{typed} not in ({options})", f"is not one of {', '.join(column.allowed)}"))
    if column.pattern:
        pattern = text(column.pattern)
        tests.append((f"not regexp_full_match({typed}, {pattern})", f"is not {column.pattern}"))
    for limit, sign, words in ((column.min, "<", "is below"), (column.max, ">", "is above")):
        if limit is not None:
            literal = f"date '{limit}'" if column.data_type == "date" else limit
            tests.append((f"{typed} {sign} {literal}", f"{words} {limit}"))
    return tests


def _shown(column: Column, raw: str, has_personal: bool) -> str:
    """The offending value for a message; masked in an entity that has personal columns.

    There all values are: a shifted or swapped column brings a name or a phone into any other. Line,
    column and reason lead to the value, for those who may open the file.
    """
    if column.personal in ("name", "phone", "id_no", "email"):
        return f"coalesce(left(cast({raw} as varchar), 1) || '***', '(empty)')"
    if has_personal:
        return f"case when {raw} is null then '(empty)' else '***' end"
    # Breaches of a row are joined by bars, so a value must not hold one.
    return f"coalesce(replace(left(cast({raw} as varchar), 80), '|', '¦'), '(empty)')"
