"""Scoring: one module an asset; each reads the marts, calls a pure function of ml, writes files.

Each depends on account_month, whatever else it reads: its gate is what withholds every score.
"""

import dagster as dg

from orchestration.scores import (
    anomaly,
    campaign_effect,
    events,
    forecasts,
    form_check,
    leads,
    load_shapes,
    response,
    segments,
    service_text,
    value,
)
from orchestration.workspace import Workspace

# In the order in which they are made.
MODULES = (
    segments, response, campaign_effect, leads, events, value, anomaly, load_shapes, forecasts,
    service_text, form_check,
)  # fmt: skip


def score_assets(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """Every asset that scores the marts."""
    return [module.asset(workspace) for module in MODULES]
