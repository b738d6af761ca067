"""dbt's `modules` while sqlfluff lints: the one that the project's macros use."""

import re

__all__ = ["re"]
