"""Response model, preferences and campaign effects on the simulated branch, against its truth.

``python -m bench.branch.response --workspace W`` fits as the job does, on what was known at the end
of the newest month, and prints the table. Truth is what the simulator would do: chances, not
outcomes, so the best list holds no luck.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from bench.branch.row import Row, arguments, table
from connectors.simulator.params import config
from ml.campaign_effect import campaign_effects
from ml.harness.intervals import Bootstrap
from ml.harness.measures import auc, calibration_error, selection, share_of_best
from ml.leads import rank_leads
from ml.preference import PreferenceParams, best_channel, part_of_day
from ml.response import History, ResponseModel, aversion, possible, predict
from ml.response_choice import train
from ml.response_design import log_odds
from orchestration.scores import campaign_effect, files
from orchestration.scores.history import history
from orchestration.scores.response import _moments
from orchestration.workspace import Workspace

MODEL = "response"
_SHARE = 0.10  # capacity of a channel: one list place for every tenth account
_DRAWS = Bootstrap(draws=100)


def rows(workspace: Workspace, truth: Path) -> list[Row]:
    """Every figure of the page docs/models/response.md."""
    features = files.newest_month(workspace)
    features = features[~features["is_closed_now"].astype(bool)].reset_index(drop=True)
    month = pd.Timestamp(features["month"].iloc[0]).date()
    past = history(workspace, month)
    model = train(past)
    known = pd.read_parquet(truth / "accounts.parquet")
    scored = _joined(model, features, past, truth)
    scored["clerk"] = clerk(scored, past, features)
    return [
        *_lists(scored, len(features)),
        *_qini(model),
        *_put_off(model, features, known),
        *_calibration(scored),
        *_preferences(workspace, scored, features, known),
        *_effects(workspace, truth),
    ]


def true_chances(truth: Path) -> pd.DataFrame:
    """true_base and true_uplift of each account, product and channel that the simulator knows."""
    wide = pd.read_parquet(truth / "uplift.parquet")
    prefix = "uplift_"
    names = [n for n in wide.columns if n.startswith(prefix)]
    long = wide.melt(
        ["account_no", "product_code", "p_without_contact"], names, "channel", "true_uplift"
    )
    long["channel"] = long["channel"].str.removeprefix(prefix)
    return long.rename(columns={"p_without_contact": "true_base"})


def _joined(model: ResponseModel, features, past: History, truth: Path) -> pd.DataFrame:
    """A row for each account, product and channel that is possible by truth or by our rules."""
    able = possible(features, model.products, past.scope)
    ours = predict(model, features, able=able)
    long = true_chances(truth)
    enrolled = features.melt(
        "account_no", [f"is_enrolled_{p}" for p in model.products], "product_code", "taken"
    )
    enrolled["product_code"] = enrolled["product_code"].str.removeprefix("is_enrolled_")
    free = enrolled[~enrolled["taken"].astype(bool)].drop(columns="taken")
    long = long.merge(free, on=["account_no", "product_code"])
    ours = ours.astype({"product_code": str, "channel": str})
    both = long.merge(ours, on=["account_no", "product_code", "channel"], how="outer")
    both["true_base"] = both["true_base"].fillna(0.0)
    both["true_uplift"] = both["true_uplift"].fillna(0.0)
    touches = features.set_index("account_no")["touches_3m"].reindex(both["account_no"])
    both["true_uplift"] = tired(both["true_base"], both["true_uplift"], touches.fillna(0))
    return both


def tired(base: pd.Series, uplift: pd.Series, touches: pd.Series) -> np.ndarray:
    """What a first contact would add, less what those of the last 90 days take off, by the
    simulator's rule (fatigue on the log-odds)."""
    logit = log_odds(base.to_numpy(dtype=float))
    change = log_odds((base + uplift).to_numpy(dtype=float)) - logit
    left = np.maximum(0, 1 - config()["marketing"]["fatigue"] * touches.to_numpy(dtype=float))
    return np.where(base > 0, expit(logit + change * left) - base, 0.0)


def clerk(scored: pd.DataFrame, past: History, features: pd.DataFrame) -> np.ndarray:
    """What a clerk would do: offer what sold best by the channel so far, to whom the lead score of
    the product (seed lead_evidence) puts first; where it has none, in no order."""
    leads = rank_leads(
        features,
        pd.DataFrame({"account_no": features["account_no"], "segment_id": pd.NA}),
        files.seed("lead_product"),
        files.seed("lead_eligibility"),
        files.seed("lead_evidence"),
    ).leads
    leads = leads.assign(place=leads.groupby("product_code")["score"].rank(pct=True))
    keys = ["account_no", "product_code"]
    place = scored[keys].merge(leads[[*keys, "place"]], on=keys, how="left")["place"].to_numpy()
    has_leads = scored["product_code"].isin(set(leads["product_code"])).to_numpy()
    place = np.where(has_leads, np.nan_to_num(place), 0.5)
    treated = past.touches[past.touches["is_treated"].astype(bool)]
    sold = treated.groupby(["product_code", "channel"])["is_enrolled"].agg(["sum", "count"])
    overall = treated["is_enrolled"].astype(float).mean()
    sold = ((sold["sum"] + 50 * overall) / (sold["count"] + 50)).rename("sold")
    rate = scored[["product_code", "channel"]].merge(
        sold, left_on=["product_code", "channel"], right_index=True, how="left"
    )
    return rate["sold"].fillna(overall).to_numpy() * place


def _lists(scored: pd.DataFrame, accounts: int) -> list[Row]:
    """Share of the best list at capacity, mean over channels; by true uplift and true response."""
    k, out = _SHARE * accounts, []
    unscored = scored["uplift"].isna()
    response = scored["true_base"] + scored["true_uplift"]
    with_contact = scored["p_without_contact"] + scored["uplift"]
    judged = {
        "uplift": ("true uplift of the list ÷ best", scored["true_uplift"]),
        "response": ("true response of the list ÷ best", response),
    }
    ways = {
        "uplift": {"model": scored["uplift"], "propensity only": with_contact},
        "response": {"model": with_contact},
    }
    for kind, (name, worth) in judged.items():
        found = {}
        for label, score in {**ways[kind], "clerk's rule": scored["clerk"]}.items():
            score = score.where(~unscored, -1.0)
            found[label] = _by_channel(scored, worth, score, k)
        target = {"model": ">= 0.9"}
        for label, (value, drawn) in found.items():
            low, high = np.quantile(drawn, [0.025, 0.975])
            note = f"k {k:.0f} a channel" if label == "model" else "for comparison"
            out.append(
                Row(MODEL, f"{name}, {label}", value, low, high, target.get(label, ""), note)
            )
        difference = found["model"][1] - found["clerk's rule"][1]
        low, high = np.quantile(difference, [0.025, 0.975])
        gap = found["model"][0] - found["clerk's rule"][0]
        out.append(Row(MODEL, f"{name}, model − clerk", gap, low, high, ">= 0", "paired"))
    return out


def _by_channel(scored, worth, score, k) -> tuple[float, np.ndarray]:
    """Share of best, mean over channels, and its draws over accounts."""
    values, draws = [], []
    for _, at in scored.groupby("channel", sort=True).indices.items():
        w, s = worth.to_numpy()[at], score.to_numpy()[at]
        account = scored["account_no"].to_numpy()[at]
        values.append(share_of_best(w, s, k))
        # Only what can be on either list matters: the rest is never drawn into one.
        near = (selection(s, 4 * k) > 0) | (selection(w, 4 * k) > 0)
        drawn = _DRAWS.weights(int(near.sum()), account[near])
        draws.append([share_of_best(w[near], s[near], k, weight) for weight in drawn])
    return float(np.mean(values)), np.mean(draws, axis=0)


def _qini(model: ResponseModel) -> list[Row]:
    m, out = model.metrics, []
    for name, (value, low, high) in m.get("qini", {}).items():
        label = f"Qini per 1,000 on later quarters, {name}"
        note = f"{m['test_touches']} touches, {m['test_events']} enrolments"
        out.append(Row(MODEL, label, 1000 * value, 1000 * low, 1000 * high, "", note))
    for name, (value, low, high) in m.get("gain_over_odds", {}).items():
        label = f"Qini per 1,000, {name} − odds"
        out.append(Row(MODEL, label, 1000 * value, 1000 * low, 1000 * high, "", m["chosen"]))
    return out


def _put_off(model: ResponseModel, features, known) -> list[Row]:
    truth = features[["account_no"]].merge(known, on="account_no")
    seen = features.set_index("account_no").loc[truth["account_no"]].reset_index()
    event = truth["is_put_off"].to_numpy(dtype=float)
    refused = (seen["declined_offers_12m"] + seen["opt_outs_12m"]).to_numpy(dtype=float)
    ways = {
        "model": (aversion(model, seen), ""),
        "past refusals (clerk's rule)": (refused, "for comparison"),
        "true chance (ceiling)": (truth["p_put_off"].to_numpy(), "traits known, luck not"),
    }
    out = []
    for name, (score, note) in ways.items():
        interval = _DRAWS.interval(lambda w, s=score: auc(event, s, w), len(event))
        note = note or f"base rate {event.mean():.3f}"
        out.append(Row(MODEL, f"AUC, people put off, {name}", *interval, "", note))
    return out


def _calibration(scored: pd.DataFrame) -> list[Row]:
    found = scored.dropna(subset=["uplift"])
    pairs = {
        "without contact": (found["true_base"], found["p_without_contact"]),
        "with contact": (
            found["true_base"] + found["true_uplift"],
            (found["p_without_contact"] + found["uplift"]).clip(0, 1),
        ),
    }
    return [
        Row(
            MODEL,
            f"calibration error, {name}",
            calibration_error(true, said),
            target="<= 0.02",
            note=f"mean truth {true.mean():.4f}, said {said.mean():.4f}",
        )
        for name, (true, said) in pairs.items()
    ]


def _preferences(workspace: Workspace, scored, features, known) -> list[Row]:
    parts = files.seed("day_part")
    segments = pd.Series("all", index=features["account_no"])
    found = part_of_day(
        _moments(workspace, parts), segments, list(parts["part"]), PreferenceParams()
    ).join(known.set_index("account_no")["preferred_part"].rename("truth"), how="inner")
    right = (found["preferred_part"] == found["truth"]).to_numpy(dtype=float)
    some = found["part_evidence"].to_numpy() > 0
    usual = float(found["truth"].value_counts(normalize=True).max())
    interval = _DRAWS.interval(lambda w: float(np.average(right, weights=w)), len(right))
    out = [
        Row(MODEL, "preferred part of the day found", *interval, "", f"most usual {usual:.3f}"),
        Row(
            MODEL,
            "the same, accounts with evidence",
            float(right[some].mean()),
            note=f"{some.mean():.0%} of accounts",
        ),
    ]
    allowed = [n for n in features.columns if n.startswith("may_contact_by_")]
    consents = features.set_index("account_no")[allowed].rename(
        columns=lambda name: name.removeprefix("may_contact_by_")
    )
    channel = best_channel(scored.dropna(subset=["uplift"]), consents)
    offered = scored.dropna(subset=["uplift"])
    offered = offered[offered["account_no"].isin(channel.index)]
    real = offered.groupby(["account_no", "channel"])["true_uplift"].max().unstack()
    real = real.loc[channel.index, consents.columns]
    granted = consents.loc[channel.index].fillna(False).to_numpy(dtype=bool)
    value = np.where(granted, real.to_numpy(), -np.inf)
    column = consents.columns.get_indexer(channel["preferred_channel"])
    chosen = value[np.arange(len(value)), column].sum() / np.maximum(value.max(axis=1), 0).sum()
    chance = np.average(
        np.where(granted, real, 0).sum(axis=1) / np.maximum(granted.sum(axis=1), 1)
    ) / np.average(np.maximum(value.max(axis=1), 0))
    note = f"any channel allowed {chance:.3f}"
    return [*out, Row(MODEL, "true uplift of the preferred channel ÷ best", chosen, note=note)]


def _effects(workspace: Workspace, truth: Path) -> list[Row]:
    touches = campaign_effect.outcomes(workspace)
    effects = campaign_effects(touches)
    true = pd.read_parquet(truth / "touches.parquet").set_index("touch_no")["uplift"]
    touches["true"] = true.reindex(touches["touch_no"]).to_numpy()
    treated = touches[touches["is_treated"].astype(bool)]
    out = []
    columns = {"campaign": "campaign_no", "product": "product_code", "channel": "channel"}
    for dimension, column in columns.items():
        real = treated.groupby(column)["true"].mean()
        of = effects[(effects["dimension"] == dimension) & effects["effect"].notna()]
        of = of.set_index("code").join(real, how="inner")
        inside = (of["effect_low"] <= of["true"]) & (of["true"] <= of["effect_high"])
        label = f"coverage of the effect's 95 % interval, by {dimension}"
        out.append(Row(MODEL, label, float(inside.mean()), target=">= 0.9", note=f"{len(of)}"))
    every = effects[effects["dimension"] == "all"].iloc[0]
    note = f"true {treated['true'].mean():.5f}, variance reduced {every['variance_reduction']:.3f}"
    ends = (every["effect"], every["effect_low"], every["effect_high"])
    return [*out, Row(MODEL, "effect of all campaigns", *ends, "", note)]


if __name__ == "__main__":
    chosen = arguments(__doc__)
    print(table(rows(Workspace.at(chosen.workspace), chosen.truth)))
