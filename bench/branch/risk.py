"""Payment risk and churn beside the true probabilities: ``python -m bench.branch.risk``.

Each model is trained anew on the workspace's own months, as the daily job does on the first day of
a month, and judged on its newest three months with a known label.
"""

import resource
import time
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from bench.branch.row import Row, arguments, table
from ml.event_model import TrainParams, train
from ml.event_score import LIBRARY, extras
from ml.harness import measures
from ml.harness.intervals import Bootstrap, paired_difference
from ml.payment_risk import NAME as PAYMENT
from ml.payment_risk import amount_at_risk
from orchestration.scores import events, files
from orchestration.scores.event_rows import EventRows, shifted
from orchestration.workspace import Workspace

# The true chance of each model's event, from the chances that the simulator knows.
TRUE = {
    "payment_risk": ("p_arrears_90d",),
    "churn": ("p_leave_90d", "p_close_90d", "p_suspend_90d", "p_reduce_90d", "goes_silent"),
}
SHARE_OF_BEST, CALIBRATION = ">= 0.9", "<= 0.02"


def measure(workspace: Workspace, truth: Path, row: dict) -> list[Row]:
    """The rows of one model (a row of seeds/event_model.csv)."""
    name = row["model_name"]
    question, params = LIBRARY[name].question(row), TrainParams()
    drivers = files.seed("event_driver").query("model_name == @name")
    started = time.monotonic()
    with EventRows(workspace, name, question.event, list(drivers["column_name"])) as rows:
        month = rows.connection.execute(
            "select max(month) from customer_360.account_month"
        ).fetchone()[0]
        newest = shifted(month, -question.matures)
        learned, kept = rows.learned(date(1900, 1, 1), shifted(newest, -question.matures))
        test = rows.judged(shifted(newest, 1 - params.origins), newest)
    trained = train(learned, test, question, list(drivers["column_name"]), kept, params)
    seconds = time.monotonic() - started
    judged = trained.test.merge(_true(truth, TRUE[name]), on=["account_no", "month"], how="left")
    event = judged["event"].to_numpy()
    # Whom the simulator no longer serves can have no event.
    true = judged["p_true"].fillna(0).to_numpy()
    score, rule = judged["probability"].to_numpy(), judged["rule"].to_numpy(dtype=float)
    who, k = judged["account_no"], question.capacity_share * len(judged)
    draw = Bootstrap(draws=params.bootstrap.draws)

    def interval(figure):
        return draw.interval(figure, len(judged), who)

    found: list[Row] = []

    def add(says: str, figure, target: str = "", note: str = "") -> None:
        value, low, high = figure if isinstance(figure, tuple) else (figure, np.nan, np.nan)
        found.append(Row(name, says, value, low, high, target, note))

    at = f"{question.capacity_share:.0%} of accounts a month"
    for share in (question.capacity_share, 0.01, 0.05, 0.1):
        is_asked = share == question.capacity_share
        add(
            f"true chance on the list ÷ best list, at {share:.0%}",
            interval(lambda w, s=share: measures.share_of_best(true, score, s * len(judged), w)),
            SHARE_OF_BEST if is_asked else "",
            at if is_asked else "",
        )
    add(
        "the same of the clerk's rule", measures.share_of_best(true, rule, k), note=question.rule_en
    )
    add(
        "events on the list ÷ events on the list by true chance",
        interval(
            lambda w: measures.captured(event, score, k, w) / measures.captured(event, true, k, w)
        ),
    )
    for says, of in (("captured share", score), ("captured share of the clerk's rule", rule)):
        add(says, interval(lambda w, s=of: measures.captured_share(event, s, k, w)), note=at)
    add(
        "captured share above the clerk's rule",
        tuple(
            paired_difference(
                lambda o, s, weight=None: measures.captured_share(o, s, k, weight),
                event, score, rule, draw, who,
            )
        ),
    )  # fmt: skip
    add("precision at capacity", interval(lambda w: measures.precision_at(event, score, k, w)))
    add("base rate", float(event.mean()), note=f"{int(event.sum())} events in {len(event)} rows")
    add("ROC AUC", interval(lambda w: measures.auc(event, score, w)))
    add("ROC AUC of the true chance", measures.auc(event, true))
    add(
        "calibration error",
        interval(lambda w: measures.calibration_error(event, score, w)),
        CALIBRATION,
        f"chance alone gives {measures.calibration_floor(score):.4f}",
    )
    add("mean probability ÷ share of events", float(score.mean() / event.mean()))
    if name == PAYMENT:
        factor = extras(name, learned, events.large_kva())["severity"]
        at_risk = trained.test[["account_no", "month", "probability"]].merge(test)
        expected = amount_at_risk(at_risk["probability"].to_numpy(), at_risk, factor)
        came = at_risk["arrears_billed_cny"].to_numpy(dtype=float)
        add(
            "amount at risk ÷ billed amount that became arrears",
            interval(lambda w: float((w * expected).sum() / (w * came).sum())),
        )
    add(
        "seconds to read, train and judge",
        seconds,
        note=f"{trained.model.candidate}, "
        f"{trained.model.rows:,} rows, {trained.model.events:,} events; gain {trained.gain}",
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    add("peak memory in GB so far", peak, "<= 8")
    return found


def _true(truth: Path, chances: tuple[str, ...]) -> pd.DataFrame:
    """account_no, month, p_true: the chance that any of ``chances`` comes true.

    Use fades for 270 days before an account goes silent: within 90 days of it that is certain.
    """
    with duckdb.connect() as connection:
        table = connection.execute(
            f"""
            select months.account_no, months.month, {", ".join(chances)} from (
                select m.*, coalesce(a.reads_stopped_on - last_day(m.month) between 1 and 90, false)
                    as goes_silent
                from read_parquet(?) as m left join read_parquet(?) as a using (account_no)
            ) as months""",
            [str(truth / f"{name}.parquet") for name in ("account_month", "accounts")],
        ).df()
    # Without a bill nothing can be owed.
    stays = np.prod([1 - table[name].astype(float).fillna(0) for name in chances], axis=0)
    return table[["account_no", "month"]].assign(
        month=pd.to_datetime(table["month"]), p_true=1 - stays
    )


def main() -> None:
    """Print the table."""
    chosen = arguments(__doc__)
    workspace = Workspace.at(chosen.workspace)
    rows: list[Row] = []
    for row in files.seed("event_model").to_dict("records"):
        rows += measure(workspace, chosen.truth, row)
    print(table(rows))


if __name__ == "__main__":
    main()
