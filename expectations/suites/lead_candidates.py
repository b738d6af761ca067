"""What publishing assumes of `marketing.lead_candidate`: who is worth an offer on one day."""

from datetime import date

from expectations.rule import Suite, fact_between, no_row

TABLE = "marketing.lead_candidate"
KEY = ("account_no", "product_code")

# Written mobile numbers (with or without groups) and 18-digit identity numbers. A word boundary
# keeps longer codes out; `$` is avoided because Great Expectations substitutes it in its config.
MOBILE = r"\b1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}\b"
IDENTITY = r"\b[1-9][0-9]{16}[0-9Xx]\b"
_REASONS = [f"reason_{number}_{language}" for number in (1, 2, 3) for language in ("en", "zh")]


def build(feature_month: date, as_of: date) -> Suite:
    """The suite for the leads of ``as_of``, made from the features of ``feature_month``."""
    # Full-width digits, common in Chinese text, count as digits.
    reasons = f"concat_ws(' | ', {', '.join(_REASONS)})"
    text = f"translate({reasons}, '０１２３４５６７８９Ｘ', '0123456789X')"
    rows = f"""select *,
            regexp_matches({text}, '{MOBILE}|{IDENTITY}') as looks_personal,
            row_number() over (partition by product_code order by rank) as expected_rank
        from {TABLE} where as_of_date = date '{as_of}'"""
    facts = f"select count(*) as leads from {TABLE} where as_of_date = date '{as_of}'"
    rules = [
        fact_between(
            "day_has_leads",
            "marketing",
            "warn",
            "leads",
            1,
            None,
            "The run made no lead. In a small branch that may be so; otherwise look at the lead "
            "rules' thresholds.",
            "本次运行没有产生线索：小供电所可能如此，否则请检查线索规则的阈值。",
        ),
        no_row(
            "score_is_share",
            "marketing",
            "block",
            "score",
            KEY,
            "where score is null or score not between 0 and 1",
            "0 ≤ score ≤ 1, never null",
            "A score is missing or outside 0..1, so leads can't be compared. Do not call; report "
            "to the model's keeper.",
            "得分缺失或不在0至1之间，线索无法比较：请勿外呼，并通知模型负责人。",
        ),
        no_row(
            "lead_unique",
            "marketing",
            "block",
            "account_no",
            KEY,
            "group by account_no, product_code having count(*) > 1",
            "one lead per account and product",
            "An account has two leads for one product and would be called twice. Look for a join "
            "that multiplies rows.",
            "同一户号同一产品有多条线索，会被重复联系：请检查使行数倍增的关联。",
        ),
        no_row(
            "rank_without_gap",
            "marketing",
            "block",
            "rank",
            KEY,
            "where rank is distinct from expected_rank",
            "rank is 1, 2, 3 … within each product",
            "Ranks have a gap or a repeat: leads were lost or doubled after ranking. Make the "
            "scores of the day again.",
            "名次有间断或重复，排名之后线索有丢失或重复：请重新生成当日得分。",
        ),
        no_row(
            "reason_given",
            "marketing",
            "block",
            "reason_1_en",
            KEY,
            "where coalesce(trim(reason_1_en), '') = '' or coalesce(trim(reason_1_zh), '') = ''",
            "reason_1_en and reason_1_zh are not empty",
            "A lead has no first reason in English or Chinese, so the caller could not say why. "
            "Complete the lead rule's wording.",
            "线索缺少中文或英文的首要理由，外呼人员无法说明原因：请补全线索规则的文字。",
        ),
        no_row(
            "account_in_account_month",
            "marketing",
            "block",
            "account_no",
            KEY,
            "where account_no is null or account_no not in (select account_no "
            f"from customer_360.account_month where month = date '{feature_month}' "
            "and account_no is not null)",
            f"every account has a row of {feature_month:%Y-%m} in customer_360.account_month",
            "A lead is for an account without features in the month: scores of another run. Make "
            "the scores of the day again.",
            "线索的户号在当月特征表中不存在，得分来自其他运行：请重新生成当日得分。",
        ),
        no_row(
            "account_open",
            "customer_data",
            "block",
            "account_no",
            KEY,
            "where account_no in (select account_no from marts.dim_account "
            f"where closed_on <= date '{as_of}')",
            "no lead is for a closed account",
            "A lead is for a closed account. Check the closing date in the customer file, or why "
            "the lead rule lets it pass.",
            "线索对应已销户的户号：请核对客户档案的销户日期，或检查线索规则为何放行。",
        ),
        no_row(
            "reasons_without_personal_data",
            "marketing",
            "block",
            "reason_1_zh",
            KEY,
            "where looks_personal",
            "no mobile or identity number in any reason",
            "A reason holds what looks like a mobile or identity number. Reasons are published: "
            "take the value out of the lead rule's wording.",
            "理由中出现疑似手机号或身份证号，而理由会被发布：请从线索规则的文字中去除。",
        ),
    ]
    return Suite("lead_candidates", TABLE, KEY, rows, facts, rules)
