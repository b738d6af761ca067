"""By which channel and in which part of the day each account is best contacted, with reasons."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.frames import typed

COLUMNS = {
    "account_no": "text",
    "preferred_channel": "text",
    "channel_uplift": "double",
    "channel_reason_en": "text",
    "channel_reason_zh": "text",
    "preferred_part": "text",
    "part_share": "double",
    "part_evidence": "integer",
    "part_reason_en": "text",
    "part_reason_zh": "text",
}
CHANNEL_ZH = {"sms": "短信", "phone": "电话", "wechat": "微信", "app": "网上国网"}


@dataclass(frozen=True)
class PreferenceParams:
    """Settings, each with its reason."""

    # What one piece of evidence counts: answers and app events are one moment each, a contact
    # person's stated hours are a wish.
    answer: float = 1.0
    app_event: float = 1.0
    stated: float = 5.0
    segment_rows: float = 3.0  # the segment counts as much: three moments of one's own outweigh it
    overall_rows: float = 50.0  # of all accounts, against a small segment's own


def part_of_day(
    evidence: pd.DataFrame, groups: pd.Series, parts: list[str], params: PreferenceParams
) -> pd.DataFrame:
    """One row per account of ``groups`` (account_no to group): preferred_part and what for.

    ``evidence``: account_no, part, source (answer, app_event, stated), events. Shares of an account
    are drawn to its group's, the group's to all. Without any evidence at all the part is null.
    """
    place = pd.Index(parts).get_indexer(evidence["part"])
    row = groups.index.get_indexer(evidence["account_no"])
    known = (place >= 0) & (row >= 0)
    worth = evidence["source"].map(
        {"answer": params.answer, "app_event": params.app_event, "stated": params.stated}
    )
    counts, events = np.zeros((len(groups), len(parts))), np.zeros(len(groups), dtype=int)
    amount = evidence["events"].to_numpy(dtype=float)[known]
    np.add.at(
        counts,
        (row[known], place[known]),
        amount * worth.fillna(0).to_numpy(dtype=float)[known],
    )
    np.add.at(events, row[known], amount.astype(int))
    total = counts.sum()
    if not total:
        return pd.DataFrame(
            {"preferred_part": None, "part_share": np.nan, "part_evidence": 0}, index=groups.index
        )
    overall = counts.sum(axis=0) / total
    code, names = pd.factorize(groups.fillna("unscored"))
    of_group = np.zeros((len(names), len(parts)))
    np.add.at(of_group, code, counts)
    of_group += params.overall_rows * overall
    of_group /= of_group.sum(axis=1, keepdims=True)
    shares = counts + params.segment_rows * of_group[code]
    shares /= shares.sum(axis=1, keepdims=True)
    best = shares.argmax(axis=1)
    return pd.DataFrame(
        {
            "preferred_part": np.array(parts, dtype=object)[best],
            "part_share": shares[np.arange(len(best)), best],
            "part_evidence": events,
        },
        index=groups.index,
    )


def best_channel(predicted: pd.DataFrame, consents: pd.DataFrame) -> pd.DataFrame:
    """One row per account with consent and a prediction: preferred_channel, channel_uplift, gain.

    ``predicted``: as of ``ml.response.predict``. ``consents``: account_no as index, a boolean
    column a channel; one without a column needs an appointment, not consent: no preference.
    The uplift of a channel is that of the product it does most for; ``gain`` is its ratio to the
    runner-up, NaN without one. A channel that does harm is nobody's preference.
    """
    allowed = [name for name in consents.columns if name in set(predicted["channel"])]
    rows = predicted[predicted["channel"].isin(allowed)]
    best = (
        rows.groupby(["account_no", "channel"], observed=True)["uplift"]
        .max()
        .unstack()
        .reindex(columns=allowed)
    )
    granted = consents.reindex(best.index)[allowed].fillna(False).to_numpy(dtype=bool)
    value = np.where(granted & (best.to_numpy() > 0), best.to_numpy(), np.nan)
    some = ~np.isnan(value).all(axis=1)
    value, accounts = value[some], best.index[some]
    order = np.sort(np.nan_to_num(value, nan=-1.0), axis=1)[:, ::-1]
    second = order[:, 1] if order.shape[1] > 1 else np.full(len(order), -1.0)
    return pd.DataFrame(
        {
            "preferred_channel": np.array(allowed, dtype=object)[
                np.nan_to_num(value, nan=-1.0).argmax(axis=1)
            ]
            if len(value)
            else [],
            "channel_uplift": order[:, 0],
            "gain": np.where(second > 0, order[:, 0] / np.where(second > 0, second, 1), np.nan),
        },
        index=accounts,
    )


def preferences(
    channel: pd.DataFrame, part: pd.DataFrame, day_parts: pd.DataFrame, has_model: bool
) -> pd.DataFrame:
    """One row per account of ``part`` with reasons in English and Chinese.

    ``channel``: of ``best_channel``; ``part``: of ``part_of_day``; ``day_parts``: seed day_part.
    """
    table = part.join(channel)
    labels = day_parts.set_index("part")
    why_en, why_zh = [], []
    nothing_en = "no channel with consent does any good" if has_model else "no response model yet"
    nothing_zh = "没有已授权且有效的渠道" if has_model else "尚无响应模型"
    for name, uplift, gain in zip(
        table["preferred_channel"], table["channel_uplift"], table["gain"], strict=True
    ):
        if not isinstance(name, str):
            why_en.append(nothing_en)
            why_zh.append(nothing_zh)
            continue
        more_en = "" if np.isnan(gain) else f", {gain:.1f} times the next channel allowed"
        more_zh = "" if np.isnan(gain) else f"，为次优渠道的{gain:.1f}倍"
        why_en.append(f"{name} adds {uplift:.2%} to the best product's uptake{more_en}")
        why_zh.append(f"{CHANNEL_ZH.get(name, name)}可使最佳产品签约率提高{uplift:.2%}{more_zh}")
    table["channel_reason_en"], table["channel_reason_zh"] = why_en, why_zh
    part_en, part_zh = [], []
    for name, share, events in zip(
        table["preferred_part"], table["part_share"], table["part_evidence"], strict=True
    ):
        if not isinstance(name, str):
            part_en.append("nobody's hours are known")
            part_zh.append("没有任何时段记录")
            continue
        label = labels.loc[name]
        own_en = f"{events} moments of its own" if events else "its segment alone"
        own_zh = f"本户{events}次记录" if events else "仅据所属客群"
        part_en.append(f"{label['label_en'].lower()} is likeliest ({share:.0%}), by {own_en}")
        part_zh.append(f"{label['label_zh']}可能性最大（{share:.0%}），依据{own_zh}")
    table["part_reason_en"], table["part_reason_zh"] = part_en, part_zh
    table.index.name = "account_no"
    return typed(table.reset_index(), COLUMNS)
