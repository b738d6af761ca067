"""Fill a plan row by row while there is room: the step that makes every limit hold."""

from dataclasses import dataclass

import numpy as np

from ml.allocation_rules import Problem


@dataclass
class Plan:
    """Rows of the problem taken, the manager of each (-1: none needed) and what is left of all."""

    rows: np.ndarray
    staff: np.ndarray
    value: float
    minutes_left: list
    contacts_left: list
    fen_left: float

    def open_rows(self, problem: Problem) -> np.ndarray:
        """Rows of customers without an offer that may still have room."""
        kinds = problem.kinds
        served = np.zeros(int(problem.customer.max(initial=0)) + 1, dtype=bool)
        served[problem.customer[self.rows]] = True
        most = np.where(problem.pools, self.minutes_left, -1).max(axis=1, initial=-1)
        room = (kinds.pool < 0) | (most[kinds.pool] >= kinds.minutes)
        room &= np.asarray(self.contacts_left)[kinds.channel] >= 1
        room &= kinds.cost_fen <= self.fen_left
        return np.flatnonzero(room[problem.kind] & ~served[problem.customer])

    def used(self, problem: Problem):
        """Minutes by manager, contacts by channel, fen."""
        kind = problem.kind[self.rows]
        with_staff = self.staff >= 0
        minutes = np.bincount(
            self.staff[with_staff],
            problem.kinds.minutes[kind[with_staff]],
            len(problem.staff_minutes),
        )
        contacts = np.bincount(problem.kinds.channel[kind], minlength=len(problem.channels))
        return minutes, contacts, int(problem.kinds.cost_fen[kind].sum())


def greedy(problem: Problem) -> Plan:
    """What a clerk would do: the most valuable first."""
    return fill(problem, np.argsort(-problem.net, kind="stable"), sweep=False)


def fill(
    problem: Problem,
    order: np.ndarray | Plan,
    start: Plan | None = None,
    sweep: bool = True,
) -> Plan:
    """Take the rows of ``order`` that fit, one a customer; of its pool the manager with most time.

    ``order`` may be a plan to build on. With ``sweep`` the rows it leaves out follow, the most
    valuable first, so that nothing that has room stays out.
    """
    if isinstance(order, Plan):
        start, order = order, np.empty(0, dtype=np.int64)
    plan = _fill(problem, order, start)
    if sweep:
        rest = plan.open_rows(problem)
        plan = _fill(problem, rest[np.argsort(-problem.net[rest], kind="stable")], plan)
    return plan


def _fill(problem: Problem, order: np.ndarray, start: Plan | None) -> Plan:
    kinds = problem.kinds
    minutes_left = (start.minutes_left if start else problem.staff_minutes.tolist()).copy()
    contacts_left = (start.contacts_left if start else problem.channel_cap.tolist()).copy()
    fen_left = start.fen_left if start else problem.budget_fen
    served = bytearray(int(problem.customer.max(initial=0)) + 1)
    for customer in problem.customer[start.rows].tolist() if start else ():
        served[customer] = 1
    members = [np.flatnonzero(pool).tolist() for pool in problem.pools]
    channel, pool = kinds.channel.tolist(), kinds.pool.tolist()
    minutes, cost = kinds.minutes.tolist(), kinds.cost_fen.tolist()
    # What has run out for a kind never comes back.
    is_full = bytearray(len(channel))
    rows, staff = [], []
    columns = (order.tolist(), problem.customer[order].tolist(), problem.kind[order].tolist())
    for row, customer, kind in zip(*columns, strict=True):
        if is_full[kind] or served[customer]:
            continue
        if contacts_left[channel[kind]] < 1 or cost[kind] > fen_left:
            is_full[kind] = 1
            continue
        manager = -1
        if pool[kind] >= 0:
            manager = max(members[pool[kind]], key=minutes_left.__getitem__)
            if minutes_left[manager] < minutes[kind]:
                is_full[kind] = 1
                continue
            minutes_left[manager] -= minutes[kind]
        contacts_left[channel[kind]] -= 1
        fen_left -= cost[kind]
        served[customer] = 1
        rows.append(row)
        staff.append(manager)
    taken = np.array(rows, dtype=np.int64)
    managers = np.array(staff, dtype=np.int64)
    if start:
        taken, managers = (
            np.concatenate([start.rows, taken]),
            np.concatenate([start.staff, managers]),
        )
    value = float(problem.net[np.sort(taken)].sum())
    return Plan(taken, managers, value, minutes_left, contacts_left, fen_left)
