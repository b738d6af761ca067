"""A run's turn: one run at a time changes a workspace, whoever started it, for whichever steps."""

import dagster as dg

from orchestration import burial, run_record
from orchestration.lock import hold_until_exit
from orchestration.workspace import Workspace

# Every asset and gate needs this resource. Dagster makes resources before a run's first step and
# before it takes a slot of a pool, so a run that waits for its turn keeps nothing from another.
TURN = "turn"


def turn_of(workspace: Workspace) -> dg.ResourceDefinition:
    """The resource: signs for the run, waits for the workspace, keeps it until the process ends."""

    @dg.resource(description="One run at a time per workspace.")
    def turn(context: dg.InitResourceContext) -> None:
        burial.sign(workspace, context.run_id)
        hold_until_exit(workspace.lock)
        run_record.forget_old_checks(workspace)

    return turn
