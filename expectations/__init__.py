"""Gates: what scoring and publishing may assume of a table, checked in the warehouse itself.

Keys and relations of single models are dbt tests; here is only what a consumer of a gated table
relies on. `validate` is the one entry; Great Expectations is imported on first use, since that
takes seconds and most commands run no gate.
"""

from expectations.gate import validate
from expectations.result import Check, GateResult

__all__ = ["Check", "GateResult", "validate"]
