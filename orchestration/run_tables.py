"""Columns of the tables that a run publishes about itself, with what they mean in both languages.

They are no dbt models, so their words live here; publish writes them as comments, the data
dictionary as tables.
"""

import pyarrow as pa

SCHEMA = "governance"


def _schema(label_zh: str, description: str, *columns: tuple[str, pa.DataType, str, str]):
    fields = [
        pa.field(name, kind, metadata={"label_zh": label, "description": words})
        for name, kind, label, words in columns
    ]
    return pa.schema(fields, metadata={"label_zh": label_zh, "description": description})


# DuckDB's names of Arrow's types.
_SQL = {
    "string": "varchar",
    "date32[day]": "date",
    "timestamp[us]": "timestamp",
    "bool": "boolean",
    "int64": "bigint",
}
_TEXT, _DAY, _TIME = pa.string(), pa.date32(), pa.timestamp("us")

RUN = _schema(
    "运行记录",
    "One row per run: the one that published this file.",
    ("run_id", _TEXT, "运行编号", "Dagster's number of the run."),
    ("as_of_date", _DAY, "业务日期", "Business date: nothing that landed later was read."),
    ("started_at", _TIME, "开始时间", "When the run began, local time."),
    ("published_at", _TIME, "发布时间", "When this file was written, local time."),
    ("wall_seconds", pa.float64(), "用时（秒）", "Seconds from start to publishing."),
    ("peak_memory_mb", pa.float64(), "内存峰值（MB）", "Most memory that one process used, in MB."),
    ("code_version", _TEXT, "代码版本", "Git commit of the code; null outside a Git clone."),
    ("software", _TEXT, "软件版本", "Versions of Python and the libraries that count, as JSON."),
)
CHECK = _schema(
    "数据检查结果",
    "One row per run, gate and check.",
    ("run_id", _TEXT, "运行编号", "Run that checked."),
    ("gate", _TEXT, "闸口", "Where in the job it was checked."),
    ("table_name", _TEXT, "被检查的表", "Table checked, with its schema."),
    ("check_name", _TEXT, "检查名称", "Name of the expectation or dbt test."),
    ("owner", _TEXT, "责任部门", "Who answers for the table (seed data_owner)."),
    ("severity", _TEXT, "级别", "block stops scoring and publishing; warn does not."),
    ("is_passed", pa.bool_(), "是否通过", "Whether the check held."),
    ("observed", _TEXT, "实际值", "What was found; null where a check has no single value."),
    ("expected", _TEXT, "期望值", "What was to be found."),
    ("failing_rows", pa.int64(), "不合格行数", "Rows that break it; null if not counted."),
    ("failing_keys", _TEXT, "不合格行的键", "First keys of those rows as JSON, never values."),
    ("description_en", _TEXT, "英文说明", "What the check means, in English."),
    ("description_zh", _TEXT, "中文说明", "What the check means, in Chinese."),
)
INCIDENT = _schema(
    "运行事件",
    "One row per run that stopped and was not published.",
    ("run_id", _TEXT, "运行编号", "Run that stopped."),
    ("as_of_date", _DAY, "业务日期", "Business date of the run; null if it had none."),
    ("happened_at", _TIME, "发生时间", "When it stopped, local time."),
    ("step", _TEXT, "步骤", "Step that stopped it."),
    ("message", _TEXT, "说明", "Why, and what to do."),
    ("failed_checks", _TEXT, "未通过的检查", "Checks that failed, as JSON; [] if none did."),
)
CHECKSUM = _schema(
    "表校验和",
    "One row per published table.",
    ("schema_name", _TEXT, "模式", "Schema."),
    ("table_name", _TEXT, "表名", "Table."),
    ("rows", pa.int64(), "行数", "Rows published."),
    (
        "checksum",
        _TEXT,
        "校验和",
        "Sum over all rows, whatever their order; equal for equal tables.",
    ),
)
TABLES = {"run": RUN, "run_check": CHECK, "incident": INCIDENT, "table_checksum": CHECKSUM}


def comments(table: str) -> dict:
    """A table's comment and its columns', as ``publish`` takes them."""
    schema = TABLES[table]

    def words(metadata: dict[bytes, bytes]) -> str:
        return f"{metadata[b'label_zh'].decode()}: {metadata[b'description'].decode()}"

    return {
        "comment": words(schema.metadata),
        "columns": {field.name: words(field.metadata) for field in schema},
    }


def as_models() -> list[dict]:
    """The tables in the shape of dbt models' YAML."""

    def words(metadata: dict[bytes, bytes]) -> dict:
        return {
            "description": metadata[b"description"].decode(),
            "config": {"meta": {"label_zh": metadata[b"label_zh"].decode()}},
        }

    return [
        {
            "name": name,
            **words(schema.metadata),
            "columns": [
                {"name": field.name, "data_type": _SQL.get(str(field.type), str(field.type))}
                | words(field.metadata)
                for field in schema
            ],
        }
        for name, schema in TABLES.items()
    ]
