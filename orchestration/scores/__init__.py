"""Scoring: one module an asset; each reads the marts, calls a pure function of ml, writes files."""

import dagster as dg

from orchestration.scores import (
    anomaly,
    events,
    forecasts,
    leads,
    load_shapes,
    segments,
    value,
)
from orchestration.workspace import Workspace

# In the order in which they are made.
MODULES = (segments, leads, events, value, anomaly, load_shapes, forecasts)


def score_assets(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """Every asset that scores the marts."""
    return [module.asset(workspace) for module in MODULES]
