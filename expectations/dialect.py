"""SQLAlchemy dialect ``duckdb_buffered``: results are fetched as soon as a statement has run.

Great Expectations closes the connection before it fetches, and DuckDB drops the rows of a closed
connection, so that every metric fails with an IndexError. Metrics are a few rows, so that
buffering costs nothing.
"""

from pathlib import Path

import duckdb_sqlalchemy
from sqlalchemy import URL, NullPool
from sqlalchemy.dialects import registry
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

NAME = "duckdb_buffered"
# Great Expectations asks a query of failing rows for all of them and then looks at 200 (the count
# is a query of its own), so that a table that fails as a whole need not be fetched.
MOST_ROWS = 1000


class BufferedContext(duckdb_sqlalchemy.DuckDBExecutionContext):
    """Swaps in a cursor strategy that holds the rows, at most ``MOST_ROWS``."""

    def post_exec(self) -> None:
        """Fetch at once, if the statement returned rows."""
        super().post_exec()
        if self.cursor is not None and self.cursor.description:
            self.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
                self.cursor, initial_buffer=self.cursor.fetchmany(MOST_ROWS)
            )


class BufferedDialect(duckdb_sqlalchemy.Dialect):
    """DuckDB's dialect with buffered results; everything else is inherited."""

    execution_ctx_cls = BufferedContext
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[NullPool]:
        """No pool: a connection kept open would lock out dbt, the file's only writer."""
        return NullPool


registry.register(NAME, __name__, "BufferedDialect")


def read_only_url(warehouse: Path) -> str:
    """The URL that opens this DuckDB file read-only and buffered."""
    url = URL.create(NAME, database=str(warehouse), query={"access_mode": "read_only"})
    return url.render_as_string(hide_password=False)
