"""Six monthly cycles of the loop: what each policy brings when the simulator answers by its truth.

``python -m bench.branch.cycles --workspace W [--seeds 5] [--chart docs/models/loop.svg]``. Policies
plan under the same limits with the same allocation and differ in what they take a candidate to be
worth. Who is contacted takes the product up with the true chance after fatigue, who is held out
with the chance without contact. What a policy saw in earlier cycles, both arms, is in its next
training set once its two months are over. Counted is the true expected value beyond no contact,
less costs: luck enters only through what is learned and who is still free. Consents and computed
savings are those of the newest day in all cycles.
"""

import argparse
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from bench.branch.response import clerk, tired, true_chances
from bench.branch.row import Row, table
from ml import lead_value
from ml.allocation import Limits, Settings, allocate
from ml.response import OURS, History, ResponseModel, fit, possible, predict
from ml.response_parts import ResponseParams
from orchestration.scores import files
from orchestration.scores.history import history
from orchestration.scores.leads import branch_limits
from orchestration.workspace import Workspace

CYCLES = 6
WORKDAYS = 21
CAPACITY = 0.03  # contacts a channel and cycle, as a share of accounts: a list, not everybody
POLICIES = ("random", "clerk", "response", "uplift", "best possible")
KEYS = ["account_no", "product_code", "channel"]


@dataclass
class Month:
    """What is known of one cycle, the same for every policy."""

    features: pd.DataFrame
    past: History
    base: pd.DataFrame  # candidates with reach, worth, true chances, clerk's value
    able: np.ndarray


@dataclass
class State:
    """What one policy has done: who bought, who was contacted when, what it may learn from."""

    bought: set = field(default_factory=set)
    contacts: list = field(default_factory=list)  # by cycle: accounts
    touches: list = field(default_factory=list)  # by cycle: rows for History.touches


def months(workspace: Workspace, truth: Path) -> list[Month]:
    """The newest CYCLES months whose features are complete, oldest first."""
    true = true_chances(truth)
    newest = files.newest_month(workspace)
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        reach = connection.execute("select * from customer_360.account_channel").df()
        dates = connection.execute(
            "select distinct month from customer_360.account_month order by 1 desc limit ?",
            [CYCLES],
        ).fetchall()
        tables = {
            month: connection.execute(
                f"select months.*, {files.KNOWN_MONTHS} from customer_360.account_month as months "
                "where month = ?",
                [month],
            ).df()
            for (month,) in dates
        }
    static = ["account_no", "tariff_kind", "is_closed_now", "customer_id"]
    static += [name for name in newest.columns if name.endswith("_saving_cny")]
    found = []
    for month in sorted(tables):
        features = tables[month].merge(newest[static], on="account_no", how="inner")
        features = features.sort_values("account_no", ignore_index=True)
        past = history(workspace, month if isinstance(month, date) else month.date())
        found.append(Month(features, past, *_base(features, reach, true, past)))
    return found


def _base(features, reach, true, past) -> tuple[pd.DataFrame, np.ndarray]:
    """Candidates of the month and who can take what up by the model's rules."""
    products = sorted(set(past.scope["product_code"]))
    able = possible(features, products, past.scope)
    values = {row["product_code"]: row for row in files.seed("lead_value").to_dict("records")}
    row, place = np.nonzero(able)
    listed = pd.DataFrame(
        {
            "account_no": features["account_no"].to_numpy()[row],
            "product_code": np.array(products)[place],
        }
    )
    worth = np.column_stack([lead_value.worth(features, values[code]) for code in products])
    listed["worth_cny"] = worth[row, place]
    listed = listed.merge(
        features[["account_no", "customer_id", "org_code"]], on="account_no", how="left"
    )
    listed["customer_id"] = listed["customer_id"].fillna(listed["account_no"])
    listed["org_code"] = listed["org_code"].fillna("")
    listed = listed.merge(reach[["account_no", "channel", *lead_value.CHANNEL_COLUMNS]])
    listed["contacts_left_90d"] = 99  # the loop counts its own contacts
    listed = listed.merge(true, on=KEYS, how="left").fillna({"true_base": 0.0, "true_uplift": 0.0})
    listed = listed[listed["worth_cny"].notna() & listed["has_consent"]]
    listed["clerk"] = clerk(listed, past, features)
    return listed.reset_index(drop=True), able


def value(policy: str, month: Month, state: State, rng, accounts: int) -> np.ndarray:
    """What the policy takes each candidate of the month to be worth, in CNY or in its own scale."""
    base = month.base
    if policy == "random":
        return 100 + rng.random(len(base))
    if policy == "clerk":
        return 1e4 * base["clerk"].to_numpy()
    if policy == "best possible":
        _, uplift = _tired(base, state)
        return uplift * base["worth_cny"].to_numpy()
    model = _learned(month.past, state)
    said = predict(model, month.features, able=_as_products(model, month))
    said = said.astype({"product_code": str, "channel": str})
    joined = base[KEYS].merge(said, on=KEYS, how="left").fillna(0.0)
    gain = joined["uplift"].to_numpy(dtype=float)
    if policy == "response":
        gain = gain + joined["p_without_contact"].to_numpy(dtype=float)
    return gain * base["worth_cny"].to_numpy()


def _as_products(model: ResponseModel, month: Month) -> np.ndarray:
    return possible(month.features, model.products, month.past.scope)


def _learned(past: History, state: State) -> ResponseModel:
    """Fitted on what was known, the policy's own cycles included once their two months are over."""
    done = state.touches[:-1] if state.touches else []
    touches = pd.concat([past.touches, *done], ignore_index=True) if done else past.touches
    model = fit(
        History(past.months, past.enrolments, past.contacts, touches, past.scope), ResponseParams()
    )
    model.name = OURS
    return model


def _tired(base: pd.DataFrame, state: State) -> tuple[np.ndarray, np.ndarray]:
    """True chance without contact, and what a contact adds after those of the last 90 days."""
    recent = pd.Series([a for cycle in state.contacts[-3:] for a in cycle], dtype=object)
    count = base["account_no"].map(recent.value_counts()).fillna(0)
    return base["true_base"].to_numpy(), tired(base["true_base"], base["true_uplift"], count)


def cycle(policy: str, month: Month, state: State, limits: Limits, seed: int, number: int) -> float:
    """Plan, let the simulator answer, remember; the true value beyond no contact, less costs."""
    rng = np.random.default_rng([seed, number, POLICIES.index(policy)])
    base = month.base
    worth = value(policy, month, state, rng, len(month.features))
    candidates = base.assign(value_cny=worth)
    if state.bought:
        key = pd.MultiIndex.from_frame(base[KEYS[:2]])
        candidates = candidates[~key.isin(state.bought)]
    made = allocate(candidates, limits, Settings(0.1, seed=f"{seed}-{number}", exact_up_to=0))
    leads = made.leads.merge(
        base[[*KEYS, "worth_cny", "true_base", "true_uplift"]], on=KEYS, how="left"
    )
    chance, uplift = _tired(leads, state)
    treated = (leads["arm"] == "treated").to_numpy()
    # One draw for an account and product in a cycle, whatever the policy.
    mark = leads["account_no"] + leads["product_code"] + f"|{seed}|{number}"
    u = pd.util.hash_array(mark.to_numpy(dtype=object)).astype(float) / 2**64
    enrolled = u < chance + np.where(treated, uplift, 0.0)
    state.bought |= set(map(tuple, leads.loc[enrolled, KEYS[:2]].to_numpy()))
    state.contacts.append(leads.loc[treated, "account_no"].tolist())
    seen = leads.assign(
        touch_no=[f"X{policy}{seed}{number}{i}" for i in range(len(leads))],
        campaign_no=f"X{number}",
        is_treated=treated,
        sent_at=month.features["month_end"].iloc[0],
        is_refused=False,
        is_opt_out=False,
        is_enrolled=enrolled,
        feature_month=month.features["month"].iloc[0],
    )
    about = [c for c in month.past.touches.columns if c not in seen.columns]
    seen = seen.merge(month.features[["account_no", *about]], on="account_no", how="left")
    state.touches.append(seen[month.past.touches.columns])
    gain = np.where(treated, uplift * leads["worth_cny"] - leads["cost_cny"], 0.0)
    return float(gain.sum())


def limits_of(workspace: Workspace, accounts: int) -> Limits:
    """The branch's, with a list's capacity by channel."""
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        limits = branch_limits(connection, WORKDAYS)
    limits.channels = limits.channels.assign(
        capacity_per_day=np.nan, capacity_per_cycle=float(round(CAPACITY * accounts))
    )
    # The budget is a county's.
    limits.budget_cny *= accounts / 40_000
    return limits


def run(workspace: Workspace, truth: Path, seeds: int) -> pd.DataFrame:
    """policy, seed, cycle, value_cny: what each cycle brought."""
    found = months(workspace, truth)
    limits = limits_of(workspace, len(found[0].features))
    rows = []
    for seed in range(1, seeds + 1):
        for policy in POLICIES:
            state = State()
            for number, month in enumerate(found):
                gained = cycle(policy, month, state, limits, seed, number)
                contacted = len(state.contacts[-1])
                rows.append((policy, seed, number + 1, gained, contacted))
            total = sum(row[3] for row in rows[-CYCLES:])
            print(f"seed {seed} {policy}: CNY {total:,.0f} in {CYCLES} cycles", flush=True)
    return pd.DataFrame(rows, columns=["policy", "seed", "cycle", "value_cny", "contacted"])


def figures(answers: pd.DataFrame) -> list[Row]:
    """Cumulative value by policy as a share of the best possible, mean and range over seeds."""
    total = answers.groupby(["policy", "seed"])["value_cny"].sum().unstack("policy")
    share = total.div(total["best possible"], axis=0)
    half = 2.776 * share.std(ddof=1) / np.sqrt(len(share))  # t of four degrees of freedom
    if len(share) != 5:
        half = half * np.nan
    return [
        Row("loop", f"{policy}: cumulative value ÷ best possible", share[policy].mean(),
            share[policy].mean() - half[policy], share[policy].mean() + half[policy],
            note=f"CNY {total[policy].mean():,.0f} in {CYCLES} cycles")
        for policy in POLICIES
    ]  # fmt: skip


def chart(answers: pd.DataFrame) -> str:
    """Cumulative value by cycle and policy, mean of the seeds with their range, as SVG."""
    cumulated = answers.sort_values("cycle").assign(
        total=lambda t: t.groupby(["policy", "seed"])["value_cny"].cumsum()
    )
    by = cumulated.groupby(["policy", "cycle"])["total"].agg(["mean", "min", "max"])
    top = max(by["max"].max(), 1.0)
    low = min(by["min"].min(), 0.0)
    width, height, left, bottom = 640, 360, 70, 40

    def x(number: float) -> float:
        return left + (width - left - 150) * (number - 1) / (CYCLES - 1)

    def y(amount: float) -> float:
        return 20 + (height - bottom - 20) * (1 - (amount - low) / (top - low))

    colours = dict(zip(POLICIES, ("#999", "#c80", "#06c", "#080", "#000"), strict=True))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        f'<text x="{left}" y="14">Cumulative incremental value, thousand CNY</text>',
    ]
    for step in np.linspace(low, top, 5):
        parts.append(
            f'<line x1="{left}" x2="{x(CYCLES):.0f}" y1="{y(step):.0f}" y2="{y(step):.0f}" '
            f'stroke="#ddd"/><text x="{left - 6}" y="{y(step) + 4:.0f}" text-anchor="end">'
            f"{step / 1000:,.1f}</text>"
        )
    for number in range(1, CYCLES + 1):
        parts.append(
            f'<text x="{x(number):.0f}" y="{height - 15}" text-anchor="middle">{number}</text>'
        )
    ends = sorted(POLICIES, key=lambda policy: -by.loc[policy, "mean"].iloc[-1])
    place = 0.0
    for policy in ends:
        own, colour = by.loc[policy], colours[policy]
        band = [f"{x(n):.1f},{y(v):.1f}" for n, v in own["max"].items()]
        band += [f"{x(n):.1f},{y(v):.1f}" for n, v in own["min"][::-1].items()]
        line = " ".join(f"{x(n):.1f},{y(v):.1f}" for n, v in own["mean"].items())
        place = max(y(own["mean"].iloc[-1]) + 4, place + 14)
        parts += [
            f'<polygon points="{" ".join(band)}" fill="{colour}" opacity="0.15"/>',
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>',
            f'<text x="{x(CYCLES) + 8:.0f}" y="{place:.0f}" fill="{colour}">{policy}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--chart", type=Path)
    chosen = parser.parse_args()
    truth = chosen.truth or chosen.workspace / "truth"
    answers = run(Workspace.at(chosen.workspace), truth, chosen.seeds)
    print(table(figures(answers)))
    print(answers.groupby("policy")["contacted"].mean().round(1).to_string())
    if chosen.chart:
        chosen.chart.write_text(chart(answers), encoding="utf-8")


if __name__ == "__main__":
    main()
