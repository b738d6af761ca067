"""The committed walk is that of today's questions; test_job shows that they run."""

import re

from orchestration.walk import steps
from orchestration.workspace import PROJECT


def test_the_page_asks_what_walk_sql_asks():
    page = (PROJECT / "docs" / "walk-through.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", page, flags=re.M) == [title for title, _, _ in steps()]
    for title, _, sql in steps():
        asked = re.sub(r"\\\{\w+\\\}", ".+?", re.escape(sql))
        assert re.search(f"```sql\n{asked};\n```", page), f"{title}: run make walk"


def test_no_step_reads_the_vault():
    assert not [title for title, _, sql in steps() if re.search(r"\bvault\b", sql)]
