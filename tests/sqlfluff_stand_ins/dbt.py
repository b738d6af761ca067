"""Stand-ins for dbt's cross-database macros while sqlfluff lints: right in shape, never run."""


def hash(expression):
    return f"md5({expression})"


def datediff(first, second, part):
    return f"date_diff('{part}', {first}, {second})"


def dateadd(part, count, expression):
    return f"date_add({expression}, {count}, '{part}')"


def type_string():
    return "varchar"


def listagg(measure, delimiter, order_by):
    return f"string_agg({measure}, {delimiter} {order_by})"


def escape_single_quotes(text):
    return text.replace("'", "''")


def string_literal(text):
    return f"'{text}'"
