"""The plan as a mixed-integer programme, solved by HiGHS, where that is small enough."""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from ml.allocation_fill import Plan
from ml.allocation_rules import Problem

NODES = 200


def variables(problem: Problem) -> int:
    """A variable for each row, or for each row and manager who may take it."""
    managers = problem.pools.sum(axis=1)
    kinds = problem.kinds
    return int(np.where(kinds.pool >= 0, managers[kinds.pool], 1)[problem.kind].sum())


def solve_exactly(problem: Problem, gap: float) -> tuple[Plan | None, float]:
    """The best plan up to the relative ``gap``, and HiGHS' bound in CNY.

    No plan where HiGHS finds none that keeps every limit to the unit.
    """
    kinds = problem.kinds
    row, manager = _columns(problem)
    if not len(row):
        empty = np.empty(0, dtype=np.int64)
        left = problem.staff_minutes.tolist(), problem.channel_cap.tolist()
        return Plan(empty, empty.copy(), 0.0, *left, problem.budget_fen), 0.0
    kind = problem.kind[row]
    column = np.arange(len(row))
    customer = np.repeat(np.arange(len(problem.starts)), problem.sizes)[row]
    with_staff = manager >= 0
    parts = [
        (customer, column, np.ones(len(row)), np.ones(len(problem.starts))),
        (manager[with_staff], column[with_staff], kinds.minutes[kind[with_staff]],
         problem.staff_minutes),
        (kinds.channel[kind], column, np.ones(len(row)), problem.channel_cap),
        (np.zeros(len(row), dtype=np.int64), column, kinds.cost_fen[kind], [problem.budget_fen]),
    ]  # fmt: skip
    limits = [
        LinearConstraint(csr_array((use, (which, of)), shape=(len(most), len(row))), ub=most)
        for which, of, use, most in parts
        if len(most)
    ]
    found = milp(
        -problem.net[row],
        integrality=np.ones(len(row)),
        bounds=Bounds(0, 1),
        constraints=limits,
        # Nodes, not seconds: a loaded machine must find the same plan.
        options={"mip_rel_gap": gap, "node_limit": NODES},
    )
    if found.x is None:
        return None, np.inf
    taken = np.flatnonzero(found.x > 0.5)
    bound = -found.mip_dual_bound if found.mip_dual_bound is not None else np.inf
    plan = _plan(problem, row[taken], manager[taken])
    # HiGHS keeps limits up to a tolerance; the plan has to keep them.
    if min([*plan.minutes_left, *plan.contacts_left, plan.fen_left]) < 0:
        return None, float(bound)
    return plan, float(bound)


def _columns(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    kinds = problem.kinds
    pool = np.where(kinds.pool >= 0, kinds.pool, -1)[problem.kind]
    alone = np.flatnonzero(pool < 0)
    personal = np.flatnonzero(pool >= 0)
    place, manager = np.nonzero(problem.pools[pool[personal]])
    return (
        np.concatenate([alone, personal[place]]),
        np.concatenate([np.full(len(alone), -1), manager]),
    )


def _plan(problem: Problem, rows: np.ndarray, staff: np.ndarray) -> Plan:
    plan = Plan(rows, staff, float(problem.net[np.sort(rows)].sum()), [], [], 0.0)
    minutes, contacts, fen = plan.used(problem)
    plan.minutes_left = (problem.staff_minutes - minutes.astype(np.int64)).tolist()
    plan.contacts_left = (problem.channel_cap - contacts).tolist()
    plan.fen_left = problem.budget_fen - fen
    return plan
