"""Evidence of a case in words, English and Chinese, with its own numbers."""

import numpy as np
import pandas as pd

# A transformer's loss that moves by less than this many standard errors has not moved.
_CLEAR = 4.0


def evidence(table: pd.DataFrame, wording: pd.DataFrame, most: int) -> pd.DataFrame:
    """evidence_<i>_en and evidence_<i>_zh, i = 1 … ``most``, the strongest first; null if fewer.

    ``table``: of ``anomaly.cases`` before they are written, with the signs (``sign_*``).
    ``wording``: the seed anomaly_evidence.
    """
    texts = wording.set_index("code")[["wording_en", "wording_zh"]]
    columns = {
        f"evidence_{i}_{lang}": [None] * len(table)
        for i in range(1, most + 1)
        for lang in ("en", "zh")
    }
    for place, row in enumerate(table.to_dict("records")):
        for i, (code, value, share) in enumerate(_facts(row)[:most], 1):
            for lang in ("en", "zh"):
                text = texts.at[code, f"wording_{lang}"]
                columns[f"evidence_{i}_{lang}"][place] = text.format(value=value, share=share)
    return pd.DataFrame(columns, index=table.index)


def _facts(row: dict) -> list[tuple[str, str, str]]:
    """(code, value, share), the strongest first."""
    if row["case_kind"] == "reads":
        facts = [("unread", f"{row['unread_days']:.0f}", "")]
        if row["meter_event_code"]:
            facts.append(("event", row["meter_event_code"], ""))
        return facts
    cause, change = row["cause"], row["sign_ratio_total"] - 1
    facts = []
    if cause == "theft_night":
        facts.append(("valley", f"{1 - row['sign_ratio_valley']:.0%}", ""))
    elif cause == "clock_fault":
        facts.append(("windows", f"{abs(change):.0%}", ""))
    elif _number(row["sign_zero_days"]) > 0.5:
        facts.append(("stopped", f"{row['sign_zero_days']:.0%}", ""))
    else:
        facts.append(("fell" if change < 0 else "rose", f"{abs(change):.0%}", ""))
    if cause == "meter_fault" and _number(row["sign_slope"]) < -0.1:
        facts.append(("slowing", f"{-row['sign_slope']:.0%}", ""))
    if cause == "tariff_misuse" and np.isfinite(_number(row["sign_change_valley_share"])):
        facts.append(("business", f"{1 - abs(row['sign_change_valley_share']):.0%}", ""))
    if cause == "pump_leak":
        facts.append(("steady", f"{row['sign_change_kwh']:.0f}", ""))
    if cause == "over_capacity" and np.isfinite(_number(row["sign_load_within"])):
        facts.append(("load", f"{row['sign_load_within']:.0%}", ""))
    loss = _number(row["transformer_excess_loss_kwh_per_day"])
    if change < 0 and np.isfinite(loss):
        if row["sign_loss_t"] >= _CLEAR:
            facts.append(("loss_rises", f"{loss:.1f}", f"{min(row['sign_loss_match'], 3):.0%}"))
        elif -row["sign_change_kwh"] > 2 * row["sign_loss_noise"]:
            facts.append(("loss_same", "", ""))
    if row["meter_event_code"]:
        facts.append(("event", row["meter_event_code"], ""))
    if row["inspection_finding"] == "none":
        facts.append(("inspected", "", ""))
    if row["sign_known_change"]:
        facts.append(("known", "", ""))
    if np.isfinite(_number(row["peers_change"])):
        facts.append(("peers", f"{row['peers_change']:+.0%}", ""))
    return facts


def _number(value) -> float:
    return float(value) if value is not None and value == value else float("nan")
