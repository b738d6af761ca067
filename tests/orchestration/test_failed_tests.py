"""A failed dbt test is told in the words of what it tested."""

import json

from orchestration.dbt import failed_tests

COLUMN = {"description": "Whether the feed still comes.", "config": {"meta": {"label_zh": "及时"}}}
MODEL = {
    "name": "source_value",
    "schema": "governance",
    "description": "One row per source.",
    "config": {"group": "stewards", "meta": {"label_zh": "数据价值"}},
    "columns": {"is_fresh": COLUMN},
}


def test_a_failed_test_is_told_by_its_column_or_table(tmp_path):
    nodes = {"model": MODEL}
    for name, column in [("of_column", "is_fresh"), ("of_table", None)]:
        nodes[name] = {"name": name, "attached_node": "model", "column_name": column}
    # A test of its own file is attached to nothing.
    nodes["alone"] = {"name": "alone", "schema": "tests", "description": "Sums agree."}
    nodes["bare"] = {"name": "bare", "schema": "tests", "description": ""}
    (tmp_path / "manifest").write_text(json.dumps({"nodes": nodes, "sources": {}}))
    results = [
        {"unique_id": name, "status": "warn", "failures": 1, "message": "Got 1 result"}
        for name in ("of_column", "of_table", "alone", "bare")
    ]
    (tmp_path / "results").write_text(json.dumps({"results": results}))
    found = failed_tests(tmp_path / "results", tmp_path / "manifest")
    assert [test.description_en for test in found] == [
        "is_fresh: Whether the feed still comes.", "One row per source.", "Sums agree.", "dbt test",
    ]  # fmt: skip
    assert [test.description_zh for test in found][:2] == ["及时", "数据价值"]
    assert {test.owner for test in found[:2]} == {"stewards"}
