"""dbt as a child that dies with its parent and calls nobody.

A run that is killed must not leave a dbt behind that holds the warehouse: then the next run could
not start. On Linux the kernel sees to it (prctl); elsewhere the orphan ends after its command.
"""

import ctypes
import gc
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Console script ``wattlead-dbt``: dbt's own command line."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the kernel knew
            sys.exit(1)
    # Of some million objects that dbt's manifest keeps to the end, most collections find nothing.
    gc.set_threshold(200_000, 50, 50)
    import dbt.version
    from dbt.cli.main import cli

    # `dbt --version`, which dagster-dbt runs, asks the package index for newer versions.
    dbt.version.get_latest_version = lambda version_url=None: None
    cli()
