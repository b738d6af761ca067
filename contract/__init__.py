"""The landing contract: read it, check files against it, take them in, write files that keep it.

Knows nothing of dbt's models, of Dagster or of any connector. The rules themselves are data: the
dbt source files ``models/staging/<source>/_<source>__sources.yml``.
"""

from contract.check import LandingReport, check
from contract.files import day_of
from contract.intake import IntakeReport, intake
from contract.model import TIMEZONE, Column, Contract, ContractError, Entity, load
from contract.writer import LandingWriter

__all__ = [
    "TIMEZONE",
    "Column",
    "Contract",
    "ContractError",
    "Entity",
    "IntakeReport",
    "LandingReport",
    "LandingWriter",
    "check",
    "day_of",
    "intake",
    "load",
]
