"""The project's rules for dbt-score, beside its generic ones (pyproject.toml, tool.dbt-score)."""
