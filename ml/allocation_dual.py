"""Prices of what is scarce, and the bound they prove.

Let every minute, contact and fen have a price. Then customers no longer compete: each takes what is
worth most beyond its price, or nothing. For any prices the sum of these surpluses plus the price of
all that is there is at least what any plan is worth (Lagrangian duality); the lowest such sum is
the value of the linear programme. It is found by L-BFGS on a smoothed sum (Nesterov 2005: the
maximum by log-sum-exp) that gets sharper in steps; the bound itself is always computed without
smoothing.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from ml.allocation_rules import Problem

# Smoothing as a share of the mean value of a customer's best candidate: coarse first, sharp last.
SMOOTHING = (0.2, 0.05, 0.01, 0.002)
SAMPLE = 20_000


@dataclass
class Prices:
    """CNY of a minute by manager, of a contact by channel, of one CNY of budget; ``bound`` in
    CNY."""

    staff: np.ndarray
    channel: np.ndarray
    budget: float
    bound: float

    def of_kind(self, problem: Problem) -> np.ndarray:
        """Price of a contact by kind: its pool's cheapest manager counts."""
        return _Dual(problem).kind_prices(self.staff, self.channel, self.budget)


def best_choice(problem: Problem, worth: np.ndarray) -> np.ndarray:
    """Row of each customer's largest ``worth`` above zero, the first of equals; by customer."""
    if not len(worth):
        return np.empty(0, dtype=np.int64)
    highest = np.repeat(np.maximum.reduceat(worth, problem.starts), problem.sizes)
    rows = np.flatnonzero((worth == highest) & (worth > 0))
    if not len(rows):
        return rows
    return rows[np.concatenate([[True], np.diff(problem.customer[rows]) > 0])]


def solve_prices(problem: Problem) -> Prices:
    """The prices that give the lowest bound found. Deterministic."""
    dual = _Dual(problem)
    point = np.zeros(dual.size)
    best, bound = point, dual.bound(point)
    if not len(problem.net) or not dual.size:
        return dual.prices(best, bound)
    scale = float(np.maximum.reduceat(problem.net, problem.starts).mean())
    for share in SMOOTHING:
        # The first prices need no precision: every n-th customer stands for n.
        step = max(1, len(problem.starts) // SAMPLE) if share > 0.02 else 1
        stage = _Dual(_every(problem, step), step) if step > 1 else dual
        found = minimize(
            stage.smoothed,
            point,
            args=(scale * share,),
            jac=True,
            method="L-BFGS-B",
            bounds=[(0, None)] * dual.size,
            options={"maxiter": 60, "maxcor": 20, "ftol": 1e-9, "gtol": 1e-7},
        )
        point = np.maximum(found.x, 0)
        value = dual.bound(point)
        if value < bound:
            best, bound = point, value
    return dual.prices(best, bound)


def _every(problem: Problem, step: int) -> Problem:
    rank = np.repeat(np.arange(len(problem.starts)), problem.sizes)
    return problem.of(np.flatnonzero(rank % step == 0))


class _Dual:
    """The dual function of a problem.

    A point holds a price for each limited resource, in CNY per ``unit``: managers whose territories
    are equal share one (their time is interchangeable), then the channels, then the budget.
    """

    def __init__(self, problem: Problem, weight: float = 1.0):
        self.problem = problem
        self.weight = weight
        kinds = problem.kinds
        scopes, self.group = np.unique(problem.pools.T, axis=0, return_inverse=True)
        self.group = self.group.reshape(-1)
        self.groups = len(scopes)
        minutes = np.bincount(self.group, problem.staff_minutes, self.groups)
        self.member = scopes.T  # pool × group
        self.limited = np.flatnonzero(np.isfinite(problem.channel_cap))
        self.has_budget = bool(np.isfinite(problem.budget_fen))
        personal = kinds.minutes[kinds.minutes > 0]
        paid = kinds.cost_fen[kinds.cost_fen > 0]
        use = np.concatenate(
            [
                np.full(self.groups, personal.mean() if len(personal) else 1.0),
                np.ones(len(self.limited)),
                np.full(int(self.has_budget), paid.mean() / 100 if len(paid) else 1.0),
            ]
        )
        there = np.concatenate(
            [
                minutes,
                problem.channel_cap[self.limited],
                [problem.budget_fen / 100] * self.has_budget,
            ]
        )
        # The curvature in a price grows with the contacts it touches; in these units all are alike.
        contacts = np.maximum(np.minimum(there / use, len(problem.starts) * weight), 1.0)
        self.unit = use * np.sqrt(contacts / contacts.mean())
        self.there = there / self.unit / weight
        self.size = len(self.unit)

    def prices(self, point: np.ndarray, bound: float) -> Prices:
        natural = point / self.unit
        channel = np.zeros(len(self.problem.channels))
        channel[self.limited] = natural[self.groups : self.groups + len(self.limited)]
        budget = float(natural[-1]) if self.has_budget else 0.0
        return Prices(natural[: self.groups][self.group], channel, budget, bound)

    def kind_prices(self, staff, channel, budget) -> np.ndarray:
        kinds = self.problem.kinds
        cheapest = np.where(self.problem.pools, staff, np.inf).min(axis=1, initial=np.inf)
        minute = np.where(kinds.pool >= 0, cheapest[kinds.pool], 0.0)
        return minute * kinds.minutes + channel[kinds.channel] + budget * kinds.cost_fen / 100

    def bound(self, point: np.ndarray) -> float:
        """The dual value without smoothing: no plan is worth more."""
        prices = self.prices(point, 0.0)
        problem = self.problem
        total = float(point @ self.there) * self.weight
        if len(problem.net):
            price = self.kind_prices(prices.staff, prices.channel, prices.budget)
            worth = problem.net - price[problem.kind]
            total += float(np.maximum(np.maximum.reduceat(worth, problem.starts), 0).sum())
        return total

    def smoothed(self, point: np.ndarray, blur: float) -> tuple[float, np.ndarray]:
        """Smoothed dual value a customer and its slope, for the minimiser."""
        problem, kinds = self.problem, self.problem.kinds
        natural = point / self.unit
        price, shares = self._blurred_prices(natural, blur)
        worth = (problem.net - price[problem.kind]) / blur
        highest = np.maximum(np.maximum.reduceat(worth, problem.starts), 0)
        odds = np.exp(worth - np.repeat(highest, problem.sizes))
        total = np.add.reduceat(odds, problem.starts) + np.exp(-highest)
        value = float(point @ self.there) + blur * float((highest + np.log(total)).sum())
        chance = odds / np.repeat(total, problem.sizes)
        taken = np.bincount(problem.kind, chance, len(kinds.minutes))
        minutes = (taken * kinds.minutes) @ shares
        contacts = np.bincount(kinds.channel, taken, len(problem.channels))[self.limited]
        money = [float(taken @ kinds.cost_fen) / 100] * self.has_budget
        slope = self.there - np.concatenate([minutes, contacts, money]) / self.unit
        customers = len(problem.starts)
        return value / customers, slope / customers

    def _blurred_prices(self, natural: np.ndarray, blur: float):
        """Price by kind and the share of its pool's groups in it, kind × group."""
        kinds = self.problem.kinds
        staff = natural[: self.groups]
        channel = np.zeros(len(self.problem.channels))
        channel[self.limited] = natural[self.groups : self.groups + len(self.limited)]
        budget = natural[-1] if self.has_budget else 0.0
        personal = kinds.pool >= 0
        member = self.member[kinds.pool] & personal[:, None]
        asked = np.where(member, kinds.minutes[:, None] * staff, np.inf)
        lowest = np.where(personal, asked.min(axis=1, initial=np.inf), 0.0)
        # Infinite where the group is not of the pool: no odds.
        odds = np.exp((np.where(personal, lowest, 0.0)[:, None] - asked) / blur)
        total = np.where(personal, odds.sum(axis=1), 1.0)
        price = lowest - blur * np.log(total)
        price += channel[kinds.channel] + budget * kinds.cost_fen / 100
        return price, odds / total[:, None]
