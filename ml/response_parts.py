"""The three parts of the response model: without contact, refusal, and what contact changes."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import expit

from ml.response_design import Design, fit_logistic, log_odds

# What tells how at home people are in the digital channels: two columns, since what they share is
# what counts, and each more brings a coefficient a channel to learn from few enrolments.
DIGITAL = ("app_events_12m", "digital_payment_share_12m")
TIRED = "touches_3m"


@dataclass(frozen=True)
class ResponseParams:
    """Settings, each with its reason."""

    window_days: int = 60  # in which an offer shows its effect
    min_events: int = 15  # of a product without contact: fewer give its share only
    min_treated_events: int = 30  # in all: fewer teach no effect by channel
    min_held: int = 30  # rows held out: without them nothing says what would have come anyway
    feature_spread: float = 0.3  # a feature's effect on the log-odds, a standard deviation more
    channel_spread: float = 1.0  # channels differ by as much
    product_spread: float = 0.15  # products less: the odds are multiplied, not the share
    digital_spread: float = 0.15
    refusal_spread: float = 0.5
    audience_spread: float = 0.3  # those chosen may differ from those not, beyond the features
    seed: int = 20260101


@dataclass
class Base:
    """Chance of taking a product up in the window without contact: one regression a product."""

    products: list[str]
    intercept: np.ndarray  # products
    coefficients: np.ndarray  # columns × products
    events: dict[str, int] = field(default_factory=dict)

    def logit(self, Z: np.ndarray) -> np.ndarray:
        """Log-odds, rows × products."""
        return self.intercept + Z @ self.coefficients.astype(Z.dtype)


def fit_base(
    Z: np.ndarray,
    possible: np.ndarray,
    event: np.ndarray,
    weight: np.ndarray,
    products: list[str],
    params: ResponseParams,
) -> Base:
    """``possible``, ``event``, ``weight``: rows × products; a row of no weight teaches nothing.

    A product of fewer than ``min_events`` has its share alone, drawn to that of all products.
    """
    counted = possible & (weight > 0)
    overall = (event & counted).sum() / max((weight * counted).sum(), 1)
    intercept, coefficients, events = [], [], {}
    for place, product in enumerate(products):
        at = counted[:, place]
        y, w = event[at, place], weight[at, place]
        events[product] = int(y.sum())
        # As much as one event in the usual share is known before anything is seen.
        share = (y.sum() + 1) / (w.sum() + 1 / max(overall, 1e-6))
        beta = np.zeros(Z.shape[1])
        start = float(log_odds(share))
        if y.sum() >= params.min_events:
            X = np.column_stack([np.ones(at.sum()), Z[at]])
            spread = np.r_[np.inf, np.full(Z.shape[1], params.feature_spread)]
            fitted = fit_logistic(X, y, spread, w, np.full(len(y), start))
            start, beta = start + fitted[0], fitted[1:]
        intercept.append(start)
        coefficients.append(beta)
    return Base(products, np.array(intercept), np.column_stack(coefficients), events)


def fit_refusal(Z: np.ndarray, refused: np.ndarray, params: ResponseParams) -> np.ndarray:
    """Coefficients (intercept, columns) of refusing an offer, declined or opted out."""
    X = np.column_stack([np.ones(len(Z)), Z])
    spread = np.r_[np.inf, np.full(Z.shape[1], params.feature_spread / 2)]
    start = log_odds((refused.sum() + 0.5) / (len(refused) + 10))
    fitted = fit_logistic(X, refused, spread, offset=np.full(len(Z), start))
    fitted[0] += start
    return fitted


def refusal_score(beta: np.ndarray, Z: np.ndarray) -> np.ndarray:
    """Log-odds of refusing, about 0 for the usual account."""
    return Z @ beta[1:].astype(Z.dtype)


def crossed_refusal(Z, refused, account, params: ResponseParams) -> np.ndarray:
    """Refusal scores of the rows, each from a model that has not seen its account.

    Who refused did not enrol: a score that had seen the row would tell the outcome.
    """
    half = pd.util.hash_array(np.asarray(account, dtype=object)) % 2 == 1
    score = np.zeros(len(Z))
    for own in (half, ~half):
        if own.any() and (~own).any():
            score[own] = refusal_score(fit_refusal(Z[~own], refused[~own], params), Z[own])
    return score


@dataclass
class Effect:
    """What contact adds to the log-odds, beside what the base says.

    ``beta``: coefficients of ``effect_columns``; the first is of the audience, treated or not.
    """

    products: list[str]
    channels: list[str]
    digital: list[int]  # columns of the design
    tired: int  # column of the design, -1 for none
    beta: np.ndarray

    def parts(self) -> tuple[float, np.ndarray, np.ndarray, np.ndarray, float, float]:
        """Audience, by channel, by channel × digital, by product, of refusal, of being tired."""
        c, d, p = len(self.channels), len(self.digital), len(self.products)
        ends = np.cumsum([1, 1, c, c * d, p, 1, 1])
        audience, mean, by_channel, digital, product, refusal, tired = np.split(
            self.beta, ends[:-1]
        )
        by_digital = digital.reshape(c, d)
        return audience[0], mean + by_channel, by_digital, product, refusal[0], tired[0]

    def change(self, Z: np.ndarray, refusal: np.ndarray) -> np.ndarray:
        """Change of the log-odds by a contact, rows × products × channels."""
        _, by_channel, by_digital, product, of_refusal, of_tired = self.parts()
        own = by_channel + Z[:, self.digital] @ by_digital.T + (of_refusal * refusal)[:, None]
        if self.tired >= 0:
            own = own + (of_tired * Z[:, self.tired])[:, None]
        return own[:, None, :] + product[None, :, None]


def effect_columns(Z, refusal, product, channel, treated, shape: Effect) -> np.ndarray:
    """Rows × coefficients of ``Effect.beta``; ``product``, ``channel``: places, one a row."""
    n = len(Z)
    is_channel = channel[:, None] == np.arange(len(shape.channels))
    several = len(shape.channels) * len(shape.digital)
    digital = (is_channel[:, :, None] * Z[:, None, shape.digital]).reshape(n, several)
    is_product = product[:, None] == np.arange(len(shape.products))
    tired = Z[:, shape.tired] if shape.tired >= 0 else np.zeros(n)
    of_contact = np.column_stack(
        [np.ones(n), is_channel, digital, is_product, refusal, tired]
    ) * np.asarray(treated, dtype=float).reshape(-1, 1)
    return np.column_stack([np.ones(n), of_contact])


def effect_shape(design: Design, products: list[str], channels: list[str]) -> Effect:
    """An effect without coefficients: which columns of the design it uses."""
    names = design.names
    digital = [names.index(name) for name in DIGITAL if name in names]
    tired = names.index(TIRED) if TIRED in names else -1
    return Effect(products, channels, digital, tired, np.zeros(0))


def effect_spread(shape: Effect, params: ResponseParams) -> np.ndarray:
    """The prior of each coefficient."""
    c, d, p = len(shape.channels), len(shape.digital), len(shape.products)
    return np.r_[
        params.audience_spread,
        np.inf,
        np.full(c, params.channel_spread),
        np.full(c * d, params.digital_spread),
        np.full(p, params.product_spread),
        params.refusal_spread,
        params.digital_spread,
    ]


def fit_effect(X, enrolled, base_logit, shape: Effect, params: ResponseParams) -> Effect:
    """The effect learned from both arms: what is held out says how far the base is off."""
    beta = fit_logistic(X, enrolled, effect_spread(shape, params), offset=base_logit)
    return Effect(shape.products, shape.channels, shape.digital, shape.tired, beta)


def uplift_of(base_logit: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Chance with contact minus chance without."""
    return expit(base_logit + change) - expit(base_logit)
