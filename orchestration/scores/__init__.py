"""Scoring: one module an asset; each reads the marts, calls a pure function of ml, writes files."""

import dagster as dg

from orchestration.scores import form_check, leads, segments, service_text
from orchestration.workspace import Workspace

# In the order in which they are made.
MODULES = (segments, leads, service_text, form_check)


def score_assets(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """Every asset that scores the marts."""
    return [module.asset(workspace) for module in MODULES]
