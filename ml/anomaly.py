"""Anomaly cases: since when, which reads, what may be behind it, and whom to inspect first.

The parts: ``anomaly_panel`` (weeks as arrays, expected use), ``anomaly_signs`` (where use departs),
``anomaly_patterns`` and ``anomaly_model`` (what each cause looks like), ``anomaly_gaps`` (days not
read), ``anomaly_words`` (evidence).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.anomaly_gaps import gaps
from ml.anomaly_model import CauseModel
from ml.anomaly_panel import Calendar, Panel, means
from ml.anomaly_patterns import CAUSES, NONE
from ml.anomaly_signs import Signs, signs
from ml.anomaly_words import evidence
from ml.frames import typed

ALL_CAUSES = (
    "theft_scaled",
    "theft_night",
    "theft_phase",
    "meter_fault",
    "clock_fault",
    "collection_gap",
    "vacancy",
    "tariff_misuse",
    "over_capacity",
    "pump_leak",
)
EVIDENCE = 4
COLUMNS = {
    "account_no": "text",
    "case_kind": "text",
    "started_on": "date",
    "ended_on": "date",
    "affected_reads": "integer",
    "unread_days": "integer",
    "cause": "text",
    "cause_probability": "double",
    **{f"probability_{cause}": "double" for cause in ALL_CAUSES},
    "probability_none": "double",
    "visit_probability": "double",
    "expected_kwh_per_day": "double",
    "measured_kwh_per_day": "double",
    "difference_kwh": "double",
    "expected_recovered_kwh": "double",
    "transformer_excess_loss_kwh_per_day": "double",
    "peers_change": "double",
    "meter_event_code": "text",
    "inspected_on": "date",
    "inspection_finding": "text",
    "rank": "integer",
    **{f"evidence_{i}_{lang}": "text" for i in range(1, EVIDENCE + 1) for lang in ("en", "zh")},
    "model_version": "text",
}


@dataclass(frozen=True)
class CaseParams:
    """Settings, each with its reason."""

    publish_from: float = 0.2  # of guilt; below, three of four are nothing
    rank_from: float = 0.1  # that a visit finds something: two in a hundred do at random
    visits_see: float = 0.8  # of what there is; a visit that found nothing clears the rest
    lasting_weeks: int = 1  # a case that ended longer ago is not there for an inspector to see


def cases(
    of: Panel,
    model: CauseModel,
    index: dict[str, np.ndarray],
    weather: dict[str, np.ndarray],
    causes: pd.DataFrame,
    inspections: pd.DataFrame,
    wording: pd.DataFrame,
    calendar: Calendar,
    params: CaseParams | None = None,
) -> pd.DataFrame:
    """COLUMNS, one row per account and kind of case (use, reads); rank is null (see ``ranked``).

    ``index``, ``weather``: as for ``anomaly_panel.expected``. ``causes``, ``wording``: the seeds
    anomaly_cause and anomaly_evidence. ``inspections``: account_no, inspected_on, finding, of what
    was known. Dates are of whole weeks (``anomaly_days`` finds the day).
    """
    params = params or CaseParams()
    found = signs(of, index, weather)
    by_use = _of_use(of, found, model, index, inspections, causes, calendar, params)
    by_read = _of_reads(of, causes, calendar)
    table = pd.concat([by_use, by_read], ignore_index=True)
    table = _valued(table, causes, params)
    words = evidence(table, wording, EVIDENCE)
    table = pd.concat([table, words], axis=1).assign(model_version=model.month, rank=pd.NA)
    table["meter_event_code"] = table["meter_event_code"].fillna("").replace("", None)
    return typed(table.sort_values(["account_no", "case_kind"]), COLUMNS)


def ranked(table: pd.DataFrame) -> pd.DataFrame:
    """``table`` (of ``cases``, all batches) with rank: 1 = the most energy to expect from a visit;
    null for cases that no inspector needs to see."""
    table = table.sort_values(
        ["expected_recovered_kwh", "visit_probability", "account_no"],
        ascending=[False, False, True],
        na_position="last",
        ignore_index=True,
    )
    worth = table["expected_recovered_kwh"].notna()
    rank = worth.cumsum().where(worth)
    return typed(table.assign(rank=rank).sort_values(["account_no", "case_kind"]), COLUMNS)


def _of_use(of, found: Signs, model, index, inspections, causes, calendar, params) -> pd.DataFrame:
    chance = model.probabilities(found.table, of.accounts["account_no"])
    account = of.accounts["account_no"]
    first = pd.to_datetime(pd.Series(calendar.first_day(found.start)))
    visit = _visits(account, first, inspections)
    sees = causes.loc[causes["is_inspected"].astype(str).str.lower() == "true", "cause"]
    seen = [name for name in chance if name in set(sees)]
    cleared = visit["finding"].eq("none").to_numpy()
    chance.loc[cleared, seen] *= 1 - params.visits_see
    chance = chance.div(chance.sum(axis=1), axis=0)
    guilty = (1 - chance[NONE] >= params.publish_from) & found.table["ratio_total"].notna()
    rows = np.flatnonzero(guilty)
    part, signs_of = of.take(rows), found.table.iloc[rows].reset_index(drop=True)
    within = found.within[rows]
    table = _dated(account.iloc[rows], found.start[rows], found.end[rows], calendar)
    days = np.isfinite(part.unread) * (1 - np.nan_to_num(part.unread)) * 7
    events = found.table.iloc[rows].filter(like="event_").reset_index(drop=True)
    table = table.assign(
        case_kind="use",
        affected_reads=np.rint((days * within).sum(axis=1)),
        unread_days=np.rint((np.nan_to_num(part.unread) * within).sum(axis=1) * 7),
        expected_kwh_per_day=signs_of["level_kwh"],
        measured_kwh_per_day=signs_of["level_kwh"] + signs_of["change_kwh"],
        difference_kwh=signs_of["change_kwh"] * (within * 7).sum(axis=1),
        transformer_excess_loss_kwh_per_day=found.excess[rows],
        peers_change=_peers(part, within, index),
        is_lasting=(of.kwh.shape[1] - found.end[rows] <= params.lasting_weeks),
        inspected_on=visit["inspected_on"].iloc[rows].to_numpy(),
        inspection_finding=visit["finding"].iloc[rows].to_numpy(),
    )
    for cause in ALL_CAUSES:
        table[f"probability_{cause}"] = (
            chance[cause].iloc[rows].to_numpy() if cause in chance else 0.0
        )
    table["probability_none"] = chance[NONE].iloc[rows].to_numpy()
    table["cause"] = chance[[c for c in CAUSES if c in chance]].iloc[rows].idxmax(axis=1).to_numpy()
    code = causes.set_index("cause")["event_code"].reindex(table["cause"]).fillna("").to_numpy()
    reported = [
        bool(code[i]) and f"event_{code[i]}" in events and bool(events[f"event_{code[i]}"].iloc[i])
        for i in range(len(code))
    ]
    table["meter_event_code"] = np.where(reported, code, "")
    return pd.concat([table, signs_of.add_prefix("sign_")], axis=1)


def _of_reads(of: Panel, causes: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    code = causes.set_index("cause")["event_code"].get("collection_gap")
    found = gaps(of, code)
    table = _dated(of.accounts["account_no"].iloc[found["row"]], found["start"].to_numpy(),
                   found["end"].to_numpy(), calendar)  # fmt: skip
    week = np.arange(of.kwh.shape[1])
    start, end = found["start"].to_numpy()[:, None], found["end"].to_numpy()[:, None]
    within = (week >= start) & (week < end)
    sent = np.zeros(len(found), dtype=bool)
    if code in of.codes:
        near = (week >= start - 2) & (week < start + 3)
        sent = (of.events[found["row"]][:, :, of.codes.index(code)] & near).any(axis=1)
    read = np.nan_to_num((1 - of.unread[found["row"]]) * within).sum(axis=1) * 7
    table = table.assign(
        case_kind="reads",
        affected_reads=np.rint(read),
        unread_days=found["unread_days"],
        probability_none=found["none"],
        is_lasting=found["end"].to_numpy() == of.kwh.shape[1],
        meter_event_code=np.where(sent, code, ""),
        cause=np.where(found["collection_gap"] >= found["vacancy"], "collection_gap", "vacancy"),
    )
    for cause in ALL_CAUSES:
        table[f"probability_{cause}"] = found.get(cause, 0.0)
    for name in ("expected_kwh_per_day", "measured_kwh_per_day", "difference_kwh",
                 "transformer_excess_loss_kwh_per_day", "peers_change"):  # fmt: skip
        table[name] = np.nan
    return table.assign(inspected_on=pd.NaT, inspection_finding=None)


def _dated(account: pd.Series, start, end, calendar: Calendar) -> pd.DataFrame:
    last = pd.to_datetime(pd.Series(calendar.first_day(np.asarray(end)))) - pd.Timedelta(days=1)
    lasting = np.asarray(end) >= calendar.weeks
    return pd.DataFrame(
        {
            "account_no": account.to_numpy(),
            "started_on": pd.to_datetime(pd.Series(calendar.first_day(np.asarray(start)))),
            "ended_on": last.where(~lasting),
        }
    )


def _visits(account: pd.Series, first: pd.Series, inspections: pd.DataFrame) -> pd.DataFrame:
    """The newest inspection of each account since its case began: inspected_on, finding."""
    known = inspections[inspections["finding"].notna()].copy()
    known["inspected_on"] = pd.to_datetime(known["inspected_on"])
    newest = known.sort_values("inspected_on").groupby("account_no").last()
    visit = newest.reindex(account).reset_index(drop=True)
    return visit[["inspected_on", "finding"]].where(visit["inspected_on"] >= first)


def _peers(of: Panel, within: np.ndarray, index: dict[str, np.ndarray]) -> np.ndarray:
    """How what others of the transformer used changed within, all accounts' course taken out."""
    sold = of.supplied - of.loss
    others = sold - np.nan_to_num(of.kwh[:, :, 0])
    # A firm's own transformer has no other accounts, only rounding.
    others = np.where(others > 0.2 * sold, others, np.nan) / index[""][:, 0]
    return means(others, within.astype(float)) / means(others, (~within).astype(float)) - 1


def _valued(table: pd.DataFrame, causes: pd.DataFrame, params: CaseParams) -> pd.DataFrame:
    """cause_probability, visit_probability and expected_recovered_kwh."""
    seed = causes.set_index("cause")
    sees = seed["is_inspected"].astype(str).str.lower() == "true"
    share = seed["recovered_share"].astype(float)
    chance = {cause: table[f"probability_{cause}"].astype(float) for cause in ALL_CAUSES}
    visit = sum(chance[cause] for cause in ALL_CAUSES if sees[cause])
    missing = (-table["difference_kwh"]).clip(lower=0)
    added = table["difference_kwh"].clip(lower=0)
    days = table["affected_reads"].astype(float)
    charged = {
        **dict.fromkeys(("theft_scaled", "theft_night", "theft_phase", "meter_fault"), missing),
        # A third of the day's energy moves from one window to another.
        "clock_fault": table["expected_kwh_per_day"] * days / 3,
        **dict.fromkeys(("tariff_misuse", "over_capacity"), added),
    }
    worth = sum(chance[cause] * share[cause] * charged[cause] for cause in charged)
    own = np.select([table["cause"] == cause for cause in ALL_CAUSES],
                    [chance[cause] for cause in ALL_CAUSES], np.nan)  # fmt: skip
    is_done = table["inspection_finding"].notna() & (table["inspection_finding"] != "none")
    wanted = table["is_lasting"] & (visit >= params.rank_from) & ~is_done
    return table.assign(
        cause_probability=own,
        visit_probability=visit,
        expected_recovered_kwh=worth.where(wanted.astype(bool)),
    )
