"""What came out of the last published run, in words and figures."""

import json
from pathlib import Path

import duckdb

from orchestration.publish import SCHEMAS
from orchestration.workspace import Workspace

_WORDS = {
    "en": {
        "title": "Published for {as_of} (run {run}, {seconds:.0f} s, peak {memory:,.0f} MB, {at})",
        "balance": "Landed = accepted + duplicate + quarantined",
        "layers": "Rows",
        "segments": "Segments (bootstrap ARI {ari}, silhouette {silhouette})",
        "no_segments": "Segments: {text}",
        "accounts": "accounts",
        "leads": "Leads by product (contactable: consent granted)",
        "top": "Best leads",
        "notes": "Remarks",
        "checks": "Gates: {passed} of {all} checks passed",
        "where": "Where to look",
        "tables": "all tables, for any DuckDB client",
        "parquet": "the same as Parquet",
        "docs": "the gates' reports",
        "name": "segment_name_en",
        "reason": "reason_{}_en",
        "label": "product_label_en",
    },
    "zh": {
        "title": "已发布：{as_of}（运行 {run}，{seconds:.0f} 秒，内存峰值 {memory:,.0f} MB，{at}）",
        "balance": "落地 = 接收 + 重复 + 隔离",
        "layers": "行数",
        "segments": "客群（重抽样 ARI {ari}，轮廓系数 {silhouette}）",
        "no_segments": "客群：{text}",
        "accounts": "户",
        "leads": "各产品线索（可触达：已授权）",
        "top": "最优线索",
        "notes": "备注",
        "checks": "关卡：{all} 项检查中 {passed} 项通过",
        "where": "到哪里看",
        "tables": "全部表，任何 DuckDB 客户端可读",
        "parquet": "同样的表，Parquet",
        "docs": "关卡报告",
        "name": "segment_name_zh",
        "reason": "reason_{}_zh",
        "label": "product_label_zh",
    },
}


def summary(workspace: Workspace, language: str = "en", top: int = 20) -> str:
    """The published state as text, in English or Chinese, with the ``top`` leads of all products.

    Raises ``FileNotFoundError`` when nothing has been published.
    """
    file = workspace.published / "wattlead.duckdb"
    if not file.exists():
        raise FileNotFoundError(f"nothing is published in {workspace.published}; run the job first")
    words = _WORDS[language]
    with duckdb.connect(str(file), read_only=True) as connection:
        parts = [
            _title(connection, words),
            _balance(connection, words),
            _layers(connection, workspace, words),
            _segments(connection, words, language),
            _leads(connection, words, top),
            _checks(connection, words),
        ]
    docs = next(workspace.gx.rglob("local_site/index.html"), None)
    places = [(file, "tables"), (workspace.published / "parquet", "parquet"), (docs, "docs")]
    lines = [words["where"]]
    lines += [f"  {_short(path)}  {words[what]}" for path, what in places if path]
    return "\n\n".join([*parts, "\n".join(lines)])


def _short(path: Path) -> str:
    """Relative to where the person stands, if it is below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _title(connection, words) -> str:
    row = connection.execute(
        "select as_of_date, run_id, wall_seconds, peak_memory_mb, published_at from governance.run"
    ).fetchone()
    return words["title"].format(
        as_of=row[0], run=row[1][:8], seconds=row[2], memory=row[3], at=f"{row[4]:%Y-%m-%d %H:%M}"
    )


def _balance(connection, words) -> str:
    rows = connection.execute("""
        select source || '.' || entity, sum(rows_landed), sum(rows_accepted), sum(rows_duplicate),
               sum(rows_quarantined), bool_and(is_balanced)
        from governance.load_balance group by all order by 1
    """).fetchall()
    lines = [words["balance"]]
    for name, landed, accepted, duplicate, quarantined, balanced in rows:
        mark = "" if balanced else "  !!!"
        lines.append(
            f"  {name:30}{landed:>12,} = {accepted:,} + {duplicate:,} + {quarantined:,}{mark}"
        )
    return "\n".join(lines)


def _layers(connection, workspace: Workspace, words) -> str:
    tables = connection.execute(
        "select schema_name, table_name, rows from governance.table_checksum"
    ).fetchall()
    lines = [words["layers"]]
    if workspace.warehouse.exists():
        with duckdb.connect(str(workspace.warehouse), read_only=True) as warehouse:
            for schema in ("staging", "intermediate"):
                rows = warehouse.execute(
                    "select sum(estimated_size), count(*) from duckdb_tables() "
                    "where schema_name = ?",
                    [schema],
                ).fetchone()
                if rows[1]:  # on Spark they lie in files of its own
                    lines.append(
                        f"  {schema + ' (' + str(rows[1]) + ')':40}{int(rows[0] or 0):>12,}"
                    )
    for schema in SCHEMAS:
        for _, table, rows in sorted(t for t in tables if t[0] == schema):
            lines.append(f"  {schema + '.' + table:40}{rows:>12,}")
    return "\n".join(lines)


def _segments(connection, words, language: str) -> str:
    metrics, text = connection.execute(
        f"select metrics, text_{language} from marketing.model_card where model_name = 'segments'"
    ).fetchone()
    rows = connection.execute(f"""
        select segment_id, {words["name"]}, count(*)
        from marketing.customer_segment group by all order by 1 nulls last
    """).fetchall()
    figures = json.loads(metrics)
    if "bootstrap_ari_mean" in figures:
        head = words["segments"].format(
            ari=figures["bootstrap_ari_mean"], silhouette=figures["silhouette"]
        )
    else:
        head = words["no_segments"].format(text=text)
    lines = [head]
    for number, name, count in rows:
        lines.append(f"  {'-' if number is None else number:>3} {name:24}{count:>9,}")
    return "\n".join(lines)


def _leads(connection, words, top: int) -> str:
    counts = connection.execute(f"""
        select {words["label"]}, count(*), count(*) filter (is_contactable)
        from marketing.lead_candidate group by 1 order by 2 desc, 1
    """).fetchall()
    lines = [words["leads"]]
    lines += [f"  {label:24}{count:>9,}{contactable:>9,}" for label, count, contactable in counts]
    (notes,) = connection.execute(
        "select metrics from marketing.model_card where model_name = 'leads'"
    ).fetchone()
    for product, note in (json.loads(notes).get("notes") or {}).items():
        lines.append(f"  {words['notes']}: {product}: {note}")
    reasons = ", ".join(words["reason"].format(n) for n in (1, 2, 3))
    best = connection.execute(
        f"""
        select account_no, {words["label"]}, rank, score, segment_code, quality_score, {reasons}
        from marketing.lead_candidate order by rank, product_code limit ?
        """,
        [top],
    ).fetchall()
    lines += ["", words["top"]]
    for account, label, rank, score, segment, quality, *why in best:
        lines.append(
            f"  {label} {rank}. {account}  score {score:.3f}  {segment}  quality {quality:.2f}"
        )
        lines += [f"      {reason}" for reason in why if reason]
    return "\n".join(lines)


def _checks(connection, words) -> str:
    everything, passed = connection.execute(
        "select count(*), count(*) filter (is_passed) from governance.run_check"
    ).fetchone()
    lines = [words["checks"].format(passed=passed, all=everything)]
    failed = connection.execute(
        "select table_name, check_name, severity, owner, observed from governance.run_check "
        "where not is_passed order by all"
    ).fetchall()
    lines += [f"  {severity}: {table} {name} ({owner}): {observed}"
              for table, name, severity, owner, observed in failed]  # fmt: skip
    return "\n".join(lines)
