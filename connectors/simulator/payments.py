"""Payments, arrears and collection as people under pressure behave.

Each account has a pressure that changes slowly from month to month (AR(1) around its trait). A bill
is paid late, or very late, with a probit probability of that pressure; collection shortens some of
the delays. True probabilities of arrears follow from the same formulas.
"""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from scipy.special import ndtr, ndtri

from connectors.simulator import columns as col
from connectors.simulator.accounts import Accounts
from connectors.simulator.billing import Bills, bill_numbers
from connectors.simulator.landing import Landing
from connectors.simulator.life import Life
from connectors.simulator.marketing import Offers, account_numbers, products
from connectors.simulator.params import config
from connectors.simulator.world import World

ARREARS_DAYS = 30  # past the due date: what the truth calls arrears
_WAYS = ("wechat", "alipay", "app", "counter", "bank_debit", "prepaid")
_NEVER = 9999
_STEPS = ("sms", "call", "notice", "disconnection")


@dataclass
class Ledger:
    """Arrays n x bills in order of month; delays in days past the due date."""

    has_bill: np.ndarray
    amount: np.ndarray  # cents
    delay: np.ndarray  # of the (last) payment, negative in time, _NEVER
    first_part: np.ndarray  # cents paid at ``part_delay``, 0 if all is paid at once
    part_delay: np.ndarray
    step: np.ndarray  # place in _STEPS of the action that moved the payer, -1
    way: np.ndarray  # n, place in _WAYS of those who pay by themselves
    is_automatic: np.ndarray  # n x bills
    trait: np.ndarray  # n, what pressure returns to
    pressure: np.ndarray  # n x bills
    very_late: np.ndarray  # n x bills, probability of a delay above 30 days before collection
    late: np.ndarray  # n x bills, probability of a delay of up to 28 days if not of more


def draw(world: World, who: Accounts, offers: Offers, bills: list[Bills]) -> Ledger:
    """How every bill of the block is paid."""
    c, n, m = config()["payment"], who.n, len(bills)
    habits = who.rng("habits").random((n, 3))
    shocks = who.rng("pressure").standard_normal((n, m + 1))
    u = who.rng("payments").random((n, m, 6))
    amount = np.zeros((n, m), dtype=np.int64)
    has = np.zeros((n, m), dtype=bool)
    enrolled = offers.enrolled[:, products().index("autopay_app")]
    auto = np.zeros((n, m), dtype=bool)
    for place, month in enumerate(bills):
        amount[month.account, place] = month.amount
        has[month.account, place] = month.amount > 0
        auto[:, place] = enrolled < month.month.stop
    likes = habits[:, 0] < c["autopay_share"] * np.exp(0.3 * np.clip(who.digital, -2, 2))
    auto |= likes[:, None]
    pressure = np.zeros((n, m))
    state, phi = shocks[:, 0] if m else None, c["persistence"]
    for place in range(m):
        state = phi * state + np.sqrt(1 - phi**2) * shocks[:, place + 1]
        pressure[:, place] = 0.8 * who.pressure + 0.6 * state
    usual = np.maximum(amount.sum(axis=1, keepdims=True) / max(m, 1), 1)
    jump = np.clip(np.log(np.maximum(amount, 1) / usual), -1, 1.5)
    shift = c["firm_shift"] * who.is_firm[:, None]
    late = _probability(c["late"], pressure, jump) if m else pressure
    very = ndtr(
        c["very_late"]["base"]
        + shift
        + c["very_late"]["pressure"] * pressure
        + c["very_late"]["bill_jump"] * jump
    )
    very = np.where(auto, very * 0.15, very)
    very = np.where(who.is_prepaid[:, None], 0.0, very)
    late = np.where(auto | who.is_prepaid[:, None], late * 0.05, late)

    is_very = u[:, :, 0] < very
    is_late = ~is_very & (u[:, :, 0] < very + (1 - very) * late)
    # Whoever is short of money waits for the last days that are in time.
    wait = np.exp(c["in_time"]["pressure"] * pressure)
    in_time = -1 - (u[:, :, 1] ** wait * c["in_time"]["days"]).astype(np.int64)
    delay = np.where(is_late, 1 + (u[:, :, 1] * 28).astype(np.int64), in_time)
    never = u[:, :, 2] < c["never_share"]
    long = np.where(never, _NEVER, 31 + (90 * u[:, :, 1] ** 1.5).astype(np.int64))
    delay = np.where(is_very, long, delay)
    step = np.full((n, m), -1)
    works = who.rng("collection").random((n, m, 2 * len(_STEPS)))
    for place, name in enumerate(_STEPS):
        rule = c["collection"][name]
        reached = is_very & (step < 0) & (delay > rule["after_days"])
        moved = reached & (works[:, :, place] < rule["works"])
        soon = rule["after_days"] + 1 + (works[:, :, place + 4] * 5).astype(np.int64)
        step = np.where(moved & (soon < delay), place, step)
        delay = np.where(moved, np.minimum(delay, soon), delay)
    partial = is_very & (delay > ARREARS_DAYS) & (u[:, :, 3] < c["partial_share"])
    automatic = auto & (delay < 0)
    delay = np.where(automatic, -15, np.where(who.is_prepaid[:, None] & (delay < 0), -19, delay))
    return Ledger(
        has,
        amount,
        np.where(has, delay, _NEVER),
        np.where(partial, (amount + 1) // 2, 0),
        5 + (u[:, :, 4] * 20).astype(np.int64),
        step,
        (habits[:, 1] ** np.exp(-0.3 * who.digital) * 4).astype(int),
        automatic,
        0.8 * who.pressure,
        pressure,
        very,
        late,
    )


def without_supply(world: World, ledger: Ledger, bills: list[Bills]) -> np.ndarray:
    """Accounts and days (n x days) between a disconnection for arrears and the reconnection."""
    params, n = world.params, len(ledger.trait)
    cut = np.zeros((n, params.days), dtype=bool)
    after = config()["payment"]["collection"]["disconnection"]["after_days"]
    for place, month in enumerate(bills):
        due = (month.due - params.first_day).days
        # Who was without supply all month has nothing new to pay, unless capacity is charged.
        owes = ledger.has_bill[:, place] & ~cut[:, month.month.start : month.month.stop].all(axis=1)
        owes[month.account[month.is_two_part]] = True
        for row in np.flatnonzero(owes & (ledger.delay[:, place] > after)):
            cut[row, due + after + 1 : due + int(ledger.delay[row, place]) + 1] = True
    return cut


def billed_again(ledger: Ledger, bills: list[Bills]) -> Ledger:
    """The same payers' ways with other amounts: who is cut off uses nothing and owes less."""
    amount = np.zeros_like(ledger.amount)
    for place, month in enumerate(bills):
        amount[month.account, place] = month.amount
    has = amount > 0
    return replace(
        ledger,
        has_bill=has,
        amount=amount,
        delay=np.where(has, ledger.delay, _NEVER),
        first_part=np.where(ledger.first_part > 0, (amount + 1) // 2, 0),
    )


def _probability(c: dict, pressure: np.ndarray, jump: np.ndarray) -> np.ndarray:
    return ndtr(c["base"] + c["pressure"] * pressure + c["bill_jump"] * jump)


def collected_share() -> float:
    """Share of very late payers whom text and call bring to pay within 30 days of the due date."""
    steps = config()["payment"]["collection"]
    return 1 - (1 - steps["sms"]["works"]) * (1 - steps["call"]["works"])


def arrears_probability(ledger: Ledger, place: int) -> np.ndarray:
    """Chance to fall 30 days overdue within 90 days after the end of bill month ``place``.

    Within these days fall the 30th day past due of the bills of months place - 1, place and
    place + 1, issued on the 3rd of the month after: the first has been issued and may be paid, of
    the others only the pressure of this month is known. Later pressure returns towards the
    account's own (AR(1)), which the spread of the probit takes in.
    """
    c = config()["payment"]
    left = 1 - collected_share()
    survive = np.ones(len(ledger.pressure))
    if place >= 1:
        # Seven days past its due date the older bill is known to be open, or not.
        is_open = ledger.has_bill[:, place - 1] & (ledger.delay[:, place - 1] > 7)
        very = ledger.very_late[:, place - 1]
        still = (1 - very) * ledger.late[:, place - 1] * 21 / 28
        open_very = very * (1 - c["collection"]["sms"]["works"])
        known = (
            open_very * (1 - c["collection"]["call"]["works"]) / np.maximum(open_very + still, 1e-9)
        )
        survive *= np.where(is_open, 1 - known, 1)
    for ahead in (0, 1):
        p = ledger.very_late[:, place]
        if ahead:
            beta, phi = c["very_late"]["pressure"], c["persistence"]
            back = (1 - phi) * (ledger.pressure[:, place] - ledger.trait)
            z = ndtri(np.clip(p, 1e-12, 1 - 1e-12)) - beta * back
            p = ndtr(z / np.sqrt(1 + (0.6 * beta) ** 2 * (1 - phi**2)))
        survive *= 1 - p * left * ledger.has_bill[:, place]
    return 1 - survive


def land(
    world: World, who: Accounts, life: Life, bills: list[Bills], ledger: Ledger, landing: Landing
) -> None:
    """Payments the day after they are made; collection actions with their outcome."""
    params, dirt = world.params, config()["dirt"]
    u = who.rng("payment rows").random((who.n, max(len(bills), 1), 3))
    for place, month in enumerate(bills):
        due = (month.due - params.first_day).days
        has, delay = ledger.has_bill[:, place], ledger.delay[:, place]
        part = ledger.first_part[:, place]
        numbers = bill_numbers(month.month.first, who.index)
        way = np.select(
            [ledger.is_automatic[:, place], who.is_prepaid & (delay < 0)], [4, 5], ledger.way
        )
        gone = bill_numbers(month.month.first, who.index + 90_000_000)

        def pay(
            at, day, cents, nth=0, bills=numbers, is_timed=True, dirt=None, way=way, month=month
        ):
            numbers = col.joined(
                col.numbered(f"P{month.month.first:%Y%m}", who.index[at] + 1, 8),
                # Says nothing of which payment of the month it is.
                col.digits((who.index[at] * 3 + nth) % 10, 1),
            )
            second = 28_800 + (who.index[at] * 7919 + month.month.start * 31) % 50_000
            if dirt:
                landing.soil("billing/payments", dirt, day, numbers)
            landing.add(
                "billing/payments",
                day,
                pa.table(
                    {
                        "payment_no": numbers,
                        "account_no": account_numbers(who.index[at]),
                        "bill_no": bills.take(pa.array(at)),
                        "paid_at": col.times(
                            params.origin + day, second, np.full(len(at), is_timed)
                        ),
                        "amount": col.money(cents),
                        "channel": col.pick(_WAYS, way[at]),
                    }
                ),
            )

        whole = np.flatnonzero(has & (delay < _NEVER))
        paid, cents = due + delay[whole], ledger.amount[whole, place] - part[whole]
        pay(whole, paid, cents)
        halves = np.flatnonzero(has & (part > 0))
        pay(halves, due + ledger.part_delay[halves, place], part[halves], nth=1)
        chance = u[whole, place]
        twice = np.flatnonzero(chance[:, 0] < dirt["repeated_payments"] * params.dirt)
        pay(whole[twice], paid[twice], cents[twice], dirt="duplicate")
        lost = np.flatnonzero(chance[:, 1] < dirt["lost_bill"] * params.dirt)
        pay(whole[lost], paid[lost], cents[lost], nth=2, bills=gone, dirt="unknown_bill")
        untimed = np.flatnonzero(chance[:, 2] < dirt["bad_rows"] * params.dirt / 3)
        pay(whole[untimed], paid[untimed], cents[untimed], nth=3, is_timed=False, dirt="null_time")
        _collect(params, who, ledger, place, due, numbers, landing)
    _balances(world, who, life, landing)


def _collect(params, who, ledger: Ledger, place: int, due: int, numbers, landing) -> None:
    rules = config()["payment"]["collection"]
    delay = ledger.delay[:, place]
    for step, name in enumerate(_STEPS):
        after = rules[name]["after_days"]
        at = np.flatnonzero(ledger.has_bill[:, place] & (delay > after))
        worked = ledger.step[at, place] == step
        outcome = np.where(worked, 0, np.where((who.index[at] + step) % 3 == 0, 1, 2))
        _action(params, who, landing, at, due + after, name, numbers, outcome)
        if name == "disconnection":
            back = at[delay[at] < _NEVER]
            day = due + delay[back] + 1
            _action(params, who, landing, back, day, "reconnection", numbers, np.full(len(back), 3))


def _action(params, who, landing, at, day, kind, numbers, outcome) -> None:
    if not len(at):
        return
    day = np.broadcast_to(np.asarray(day), len(at))
    known = numbers.take(pa.array(at))
    landing.add(
        "billing/collection_actions",
        day,
        pa.table(
            {
                "action_no": col.joined(pa.scalar("X"), known, pa.scalar(f"-{kind}")),
                "account_no": account_numbers(who.index[at]),
                "bill_no": known,
                "kind": pa.repeat(kind, len(at)),
                "acted_at": col.times(params.origin + day, np.full(len(at), 32_400)),
                "outcome": col.pick(["paid", "promised", "no_answer", "done"], outcome),
            }
        ),
    )


def _balances(world: World, who: Accounts, life: Life, landing: Landing) -> None:
    """Month-end balances of prepaid meters: what the last top-up left, drawn anew each month."""
    params = world.params
    rows = np.flatnonzero(who.is_prepaid)
    u = who.rng("balances").random((who.n, len(world.months)))
    for place, month in enumerate(world.months):
        if not month.is_whole:
            continue
        day = month.stop - 1
        at = rows[(life.first[rows] <= day) & (day < life.end[rows])]
        cents = np.rint(u[at, place] ** 2 * 30_000).astype(np.int64) + 200
        landing.add(
            "billing/balances",
            day,
            pa.table(
                {
                    "account_no": account_numbers(who.index[at]),
                    "balance_date": col.days(np.broadcast_to(params.origin + day, len(at))),
                    "prepaid_balance": col.money(cents),
                }
            ),
        )
