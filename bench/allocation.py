"""Time, peak memory and value of the offer allocation by size, each in a process of its own.

    python -m bench.allocation --accounts 4000 40000 400000 [--open]

12 products × 5 channels for every account; prints a Markdown table. ``--open``: everybody consents
and nobody is excluded, the largest problem there is. The values are made up: what they rest on is
not measured here.
"""

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd

PRODUCTS = [
    "tou_tariff", "ev_charging", "rooftop_pv", "electric_heating", "efficiency_audit",
    "demand_response", "green_power", "om_service", "capacity_increase", "capacity_billing",
    "reactive_compensation", "autopay_app",
]  # fmt: skip
# Worth in CNY if taken up, about: a lead for plant is worth hundreds of an app's.
WORTH = [180, 900, 2500, 700, 600, 400, 150, 1800, 1500, 800, 900, 40]
CHANNELS = ["app", "phone", "sms", "visit", "wechat"]
COST = [0.05, 6.0, 0.1, 60.0, 0.08]
EFFECT = [0.010, 0.030, 0.006, 0.070, 0.012]
CONSENT = [0.45, 0.35, 0.65, 0.30, 0.50]


def branch(accounts: int, everything: bool, seed: int = 1):
    """Candidates and limits of a branch: a manager for 4,000 accounts, one in four for two
    offices."""
    draw = np.random.default_rng(seed)
    products, channels = len(PRODUCTS), len(CHANNELS)
    offices = max(3, accounts // 12_000)
    office = draw.integers(0, offices, accounts)
    customer = np.where(draw.random(accounts) < 0.1, draw.integers(0, accounts, accounts),
                        np.arange(accounts))  # fmt: skip
    size = np.exp(draw.normal(0, 0.8, accounts))
    effect = np.array(EFFECT, dtype=np.float32)
    value = np.empty((accounts, products, channels), dtype=np.float32)
    for index, worth in enumerate(WORTH):
        fit = np.exp(draw.normal(-0.6, 1.1, accounts)) * size * worth
        # One customer in ten is put off by contact.
        fit *= np.where(draw.random(accounts) < 0.1, -0.5, 1.0)
        value[:, index, :] = fit[:, None] * effect * draw.uniform(0.6, 1.4, (accounts, channels))
    consent = np.ones((accounts, channels), bool) if everything else (
        draw.random((accounts, channels)) < np.array(CONSENT))  # fmt: skip
    rare = np.zeros((4, accounts), bool) if everything else (
        draw.random((4, accounts)) < np.array([[0.03], [0.02], [0.1], [0.05]]))  # fmt: skip

    def text(codes, names):
        return pd.Categorical.from_codes(codes, categories=names)

    each = products * channels
    table = pd.DataFrame(
        {
            "account_no": text(np.repeat(np.arange(accounts, dtype=np.int32), each),
                               [f"A{number:07d}" for number in range(accounts)]),
            "customer_id": text(np.repeat(customer.astype(np.int32), each),
                                [f"C{number:07d}" for number in range(accounts)]),
            "org_code": text(np.repeat(office.astype(np.int8), each),
                             [f"O{number:02d}" for number in range(offices)]),
            "product_code": text(np.tile(np.repeat(np.arange(products, dtype=np.int8), channels),
                                         accounts), PRODUCTS),
            "channel": text(np.tile(np.arange(channels, dtype=np.int8), accounts * products),
                            CHANNELS),
            "value_cny": value.reshape(-1),
            "has_consent": np.repeat(consent[:, None, :], products, axis=1).reshape(-1),
            "is_protected": np.repeat(rare[0], each),
            "has_open_complaint": np.repeat(rare[1], each),
            "contacts_left_30d": np.repeat(np.where(rare[2], 0, 2).astype(np.int8), each),
            "contacts_left_90d": np.repeat(np.where(rare[3], 0, 4).astype(np.int8), each),
        }
    )  # fmt: skip
    managers = max(4, accounts // 4_000)
    staff = pd.DataFrame({"staff_no": [f"M{number:03d}" for number in range(managers)],
                          "minutes_free": draw.integers(60, 110, managers) * 60})  # fmt: skip
    home = np.arange(managers) % offices
    skilled = [PRODUCTS[index] for index in (2, 7, 8)]
    territory = [
        {"staff_no": f"M{number:03d}", "org_code": f"O{place:02d}", "product_code": code}
        for number in range(managers)
        for place in {home[number], (home[number] + (number % 4 == 0)) % offices}
        # Three products need somebody trained in them: every other manager.
        for code in PRODUCTS
        if code not in skilled or number % 2 == 0
    ]  # fmt: skip
    limits = {
        "channels": pd.DataFrame(
            {"channel": CHANNELS, "cost_cny": COST, "minutes_per_contact": [0, 15, 0, 120, 0],
             "capacity_per_day": [None, 40 * managers, accounts / 200, 6 * managers,
                                  accounts / 300],
             "capacity_per_cycle": [accounts / 4, None, None, None, None]}
        ),
        "staff": staff,
        "territory": pd.DataFrame(territory),
        "budget_cny": accounts * 0.6,
    }  # fmt: skip
    return table, limits


def once(accounts: int, everything: bool) -> None:
    from ml.allocation import Limits, allocate

    table, limits = branch(accounts, everything)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    start, worked = time.perf_counter(), time.process_time()
    found = allocate(table, Limits(**limits))
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    if int(found.counts.sum()) != len(table):
        raise SystemExit("candidates vanished")
    print(
        json.dumps(
            {
                "accounts": accounts,
                "candidates": len(table),
                "method": found.method,
                "leads": int((found.leads["arm"] == "treated").sum()),
                "seconds": seconds,
                "cpu_seconds": worked,
                "input_gb": before,
                "peak_gb": peak,
                "value": found.value_cny,
                "share": found.share_of_bound,
                "greedy": found.greedy_cny / found.bound_cny,
                "counts": found.counts.to_dict(),
                "resources": found.resources.to_dict("list"),
            }
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, nargs="+", default=[4000, 40_000, 400_000])
    parser.add_argument("--open", action="store_true")
    parser.add_argument("--once", action="store_true", help="one size, as JSON")
    chosen = parser.parse_args()
    if chosen.once:
        return once(chosen.accounts[0], chosen.open)
    print(
        "| accounts | candidates | method | offers | seconds | CPU seconds | peak GB | value CNY "
        "| value ÷ bound | greedy ÷ bound |"
    )
    print("| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for accounts in sorted(chosen.accounts):
        command = [sys.executable, "-m", "bench.allocation", "--once", "--accounts", str(accounts)]
        command += ["--open"] * chosen.open
        found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        print(
            f"| {accounts:,} | {found['candidates']:,} | {found['method']} | {found['leads']:,} "
            f"| {found['seconds']:.1f} | {found['cpu_seconds']:.1f} | {found['peak_gb']:.2f} "
            f"| {found['value']:,.0f} "
            f"| {found['share']:.4%} | {found['greedy']:.2%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
