"""Chance of taking a product up without contact, and what contact through each channel adds.

Three parts (``ml.response_parts``): (1) what people take up by themselves, a regression a product,
learned from all months in which an account was not contacted about it, because a holdout alone has
too few events; (2) who refuses offers; (3) what contact changes in the log-odds, by channel,
channel × digital habits, product and refusal, learned from both arms of the touches on top of (1).
Each coefficient is drawn to 0 by a prior. T- and X-learners (``ml.harness.uplift``) on the same
columns stand beside it on rolling origins and replace (3) if their Qini is higher beyond chance
(``ml.response_choice``).
"""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from scipy.special import expit

from ml import response_parts as parts
from ml.harness.uplift import TLearner, XLearner
from ml.lead_rules import eligible
from ml.response_design import Design
from ml.response_parts import Base, Effect, ResponseParams

OURS = "odds"  # part (3) as above
COLUMNS = ("account_no", "product_code", "channel", "p_without_contact", "uplift")


@dataclass
class History:
    """What may be learned from; all frames hold only what is known, each once.

    ``months``: rows of account_month that are complete by ``window_days``, with ``tariff_kind`` and
    ``sample_weight``, how many rows it stands for (0: here for an event only). ``enrolments``:
    account_no, month, product_code of enrolments in the window after a month, without contact about
    the product. ``contacts``: the same columns of contacts about the product around the month:
    those rows say nothing on what comes by itself. ``touches``: rows of touch_outcome whose window
    is over, joined with their account's features: also touch_no, product_code, channel, is_treated,
    is_enrolled, is_refused, feature_month. ``scope``: seed product_scope.
    """

    months: pd.DataFrame
    enrolments: pd.DataFrame
    contacts: pd.DataFrame
    touches: pd.DataFrame
    scope: pd.DataFrame

    def until(self, origin: date, window_months: int) -> "History":
        """What was known at the end of the month ``origin``."""
        last = pd.Timestamp(origin) - pd.DateOffset(months=window_months)

        def early(table: pd.DataFrame, column: str) -> pd.DataFrame:
            return table[pd.to_datetime(table[column]) <= last]

        return History(
            early(self.months, "month"),
            early(self.enrolments, "month"),
            early(self.contacts, "month"),
            early(self.touches, "feature_month"),
            self.scope,
        )


@dataclass
class ResponseModel:
    """A fitted model; ``name`` tells which of the rivals ``effect`` is."""

    design: Design
    base: Base
    refusal: np.ndarray
    effect: Effect
    name: str = OURS
    rival: TLearner | XLearner | None = None
    trained_to: date | None = None
    metrics: dict = field(default_factory=dict)

    @property
    def products(self) -> list[str]:
        """Products it knows."""
        return self.base.products

    @property
    def version(self) -> str:
        """Which rival, and the newest month that it learned from."""
        return f"{self.name}-{self.trained_to:%Y-%m}"

    @property
    def channels(self) -> list[str]:
        """Channels it knows."""
        return self.effect.channels

    def as_dict(self) -> dict:
        """Plain values, arrays and estimators, for ``ml.model_store``."""
        return {
            "numbers": self.design.numbers,
            "levels": self.design.levels,
            "shares": self.design.shares,
            "products": self.products,
            "intercept": self.base.intercept,
            "coefficients": self.base.coefficients,
            "events": self.base.events,
            "refusal": self.refusal,
            "channels": self.channels,
            "digital": self.effect.digital,
            "tired": self.effect.tired,
            "beta": self.effect.beta,
            "name": self.name,
            "rival": self.rival,
            "trained_to": self.trained_to.isoformat(),
            "metrics": self.metrics,
        }

    @classmethod
    def from_dict(cls, data: dict) -> "ResponseModel":
        """The model that ``as_dict`` gave. Raises ``KeyError`` for another dictionary."""
        products = list(data["products"])
        return cls(
            Design(dict(data["numbers"]), dict(data["levels"]), dict(data["shares"])),
            Base(products, data["intercept"], data["coefficients"], dict(data["events"])),
            data["refusal"],
            Effect(
                products,
                list(data["channels"]),
                list(data["digital"]),
                int(data["tired"]),
                data["beta"],
            ),
            data["name"],
            data["rival"],
            date.fromisoformat(data["trained_to"]),
            dict(data["metrics"]),
        )


class TooLittleToLearn(ValueError):
    """The branch has too few outcomes for a model: says of what, in English and Chinese."""

    def __init__(self, english: str, chinese: str):
        """Both sentences."""
        super().__init__(english)
        self.chinese = chinese


def possible(features: pd.DataFrame, products: list[str], scope: pd.DataFrame) -> np.ndarray:
    """Rows × products: who can take a product up at all (seed product_scope), and has not yet.

    A rule on a column that the features lack can't be used: ``KeyError``.
    """
    out = np.zeros((len(features), len(products)), dtype=bool)
    for place, product in enumerate(products):
        rules = scope[scope["product_code"] == product]
        if len(rules):
            out[:, place] = eligible(features, rules).to_numpy()
        taken = f"is_enrolled_{product}"
        if taken in features.columns:
            out[:, place] &= ~features[taken].fillna(False).to_numpy(dtype=bool)
    return out


def check(history: History, params: ResponseParams) -> None:
    """Raise ``TooLittleToLearn`` if the touches hold too few outcomes."""
    touches = history.touches
    treated = touches["is_treated"].to_numpy(dtype=bool)
    events = int(touches["is_enrolled"].to_numpy(dtype=bool)[treated].sum())
    held = int((~treated).sum())
    if events < params.min_treated_events or held < params.min_held:
        raise TooLittleToLearn(
            f"{events} enrolments within {params.window_days} days of {int(treated.sum())} "
            f"contacts and {held} accounts held out; {params.min_treated_events} and "
            f"{params.min_held} are needed",
            f"{int(treated.sum())}次触达后{params.window_days}天内签约{events}笔，对照{held}户；"
            f"至少需要{params.min_treated_events}笔与{params.min_held}户",
        )


def fit(history: History, params: ResponseParams) -> ResponseModel:
    """All three parts, without a choice among rivals."""
    months, touches = history.months, history.touches
    products = sorted(set(history.scope["product_code"]))
    channels = sorted(set(touches["channel"].dropna()))
    design = Design.of(months[months["sample_weight"] > 0])
    base = _base(history, design, products, params)
    Z = design.matrix(touches)
    treated = touches["is_treated"].to_numpy(dtype=bool)
    refused = touches["is_refused"].to_numpy(dtype=bool)
    refusal = parts.fit_refusal(Z[treated], refused[treated], params)
    shape = parts.effect_shape(design, products, channels)
    rows = Rows.of(touches, Z, design, base, shape, params)
    enrolled = touches["is_enrolled"].to_numpy(dtype=float)[rows.at]
    effect = parts.fit_effect(rows.X, enrolled, rows.base_logit, shape, params)
    metrics = {
        "events_without_contact": base.events,
        "treated": int(treated.sum()),
        "treated_enrolled": int(enrolled[rows.treated].sum()),
        "heldout": int((~rows.treated).sum()),
        "heldout_enrolled": int(enrolled[~rows.treated].sum()),
        "refusals": int(refused[treated].sum()),
    }
    return ResponseModel(design, base, refusal, effect, metrics=metrics)


def _base(history: History, design: Design, products: list[str], params) -> Base:
    months = history.months.reset_index(drop=True)
    key = pd.MultiIndex.from_frame(months[["account_no", "month"]])
    able = possible(months, products, history.scope)

    def cells(table: pd.DataFrame) -> np.ndarray:
        out = np.zeros(able.shape, dtype=bool)
        row = key.get_indexer(pd.MultiIndex.from_frame(table[["account_no", "month"]]))
        column = pd.Index(products).get_indexer(table["product_code"])
        known = (row >= 0) & (column >= 0)
        out[row[known], column[known]] = True
        return out

    event = cells(history.enrolments) & able
    weight = np.repeat(months["sample_weight"].to_numpy(dtype=float)[:, None], len(products), 1)
    # All events are here, each once; rows without one stand for many.
    weight = np.where(event, 1.0, weight)
    weight[cells(history.contacts)] = 0
    Z = design.matrix(months)
    return parts.fit_base(Z, able, event & (weight > 0), weight, products, params)


@dataclass
class Rows:
    """Touches as the effect sees them: positions, arms, log-odds without contact, columns."""

    at: np.ndarray
    treated: np.ndarray
    base_logit: np.ndarray
    X: np.ndarray

    @classmethod
    def of(cls, touches, Z, design, base: Base, shape: Effect, params, score=None) -> "Rows":
        """``score``: refusal of each row; crossed over accounts if none is given."""
        treated = touches["is_treated"].to_numpy(dtype=bool)
        if score is None:
            refused = touches["is_refused"].to_numpy(dtype=bool)
            account = touches["account_no"].to_numpy()
            score = np.zeros(len(touches))
            score[treated] = parts.crossed_refusal(
                Z[treated], refused[treated], account[treated], params
            )
        product = pd.Index(shape.products).get_indexer(touches["product_code"])
        channel = pd.Index(shape.channels).get_indexer(touches["channel"])
        at = np.flatnonzero((product >= 0) & (channel >= 0))
        logit = base.logit(Z)[at, product[at]]
        X = parts.effect_columns(Z[at], score[at], product[at], channel[at], treated[at], shape)
        return cls(at, treated[at], logit, X)


def rival_columns(base_logit: np.ndarray, X: np.ndarray) -> np.ndarray:
    """What T- and X-learner learn from: the base's log-odds and the columns of the effect."""
    return np.column_stack([base_logit, X[:, 2:]])


def predict(
    model: ResponseModel,
    features: pd.DataFrame,
    products: list[str] | None = None,
    channels: list[str] | None = None,
    able: np.ndarray | None = None,
) -> pd.DataFrame:
    """account_no, product_code, channel, p_without_contact (0–1), uplift (may be negative).

    ``features``: rows of one month of account_month with tariff_kind. ``products``, ``channels``:
    those wanted of the model's, all by default; a product or channel it never saw has no rows.
    ``able``: rows × ``products``, who can take it up (``possible``); all by default. Chances are in
    single precision, codes are categories: 400,000 accounts make 24 million rows at most, so call
    it for some ten thousand accounts at a time.
    """
    asked = model.products if products is None else list(products)
    taken = [place for place, name in enumerate(asked) if name in model.products]
    products = [asked[place] for place in taken]
    channels = [c for c in (channels or model.channels) if c in model.channels]
    able = np.ones((len(features), len(asked)), dtype=bool) if able is None else able
    able = able[:, taken]
    Z = model.design.matrix(features)
    own = [model.products.index(p) for p in products]
    via = [model.channels.index(c) for c in channels]
    logit = (model.base.logit(Z) + model.effect.beta[0])[:, own]
    refusal = parts.refusal_score(model.refusal, Z)
    if model.rival is None:
        change = model.effect.change(Z, refusal)[:, own][:, :, via]
        uplift = parts.uplift_of(logit[:, :, None], change)
    else:
        uplift = _by_rival(model, Z, refusal, own, via)
    row, place = np.nonzero(able)
    rows = len(row)
    return pd.DataFrame(
        {
            "account_no": np.repeat(features["account_no"].to_numpy()[row], len(channels)),
            "product_code": pd.Categorical.from_codes(np.repeat(place, len(channels)), products),
            "channel": pd.Categorical.from_codes(np.tile(np.arange(len(channels)), rows), channels),
            "p_without_contact": np.repeat(
                expit(logit[row, place]).astype(np.float32), len(channels)
            ),
            "uplift": uplift[row, place].astype(np.float32).ravel(),
        }
    )


def _by_rival(model: ResponseModel, Z, refusal, own, via) -> np.ndarray:
    """Uplift rows × products × channels by the T- or X-learner."""
    out = np.zeros((len(Z), len(own), len(via)), dtype=np.float32)
    logit, ones = model.base.logit(Z), np.ones(len(Z))
    for i, product in enumerate(own):
        for j, channel in enumerate(via):
            X = parts.effect_columns(
                Z, refusal, np.full(len(Z), product), np.full(len(Z), channel), ones, model.effect
            )
            out[:, i, j] = model.rival.predict(rival_columns(logit[:, product], X))
    return out


def aversion(model: ResponseModel, features: pd.DataFrame) -> np.ndarray:
    """How much less than usual contact does for each account: higher for those it puts off.

    The change of the log-odds by contact, mean over channels, with the sign turned.
    """
    Z = model.design.matrix(features)
    change = model.effect.change(Z, parts.refusal_score(model.refusal, Z))
    return -change.mean(axis=(1, 2))
