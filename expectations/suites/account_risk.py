"""What publishing assumes of `marketing.account_risk`: lists for collection and retention."""

from datetime import date

from expectations.rule import Suite, fact_between, no_row
from expectations.suites.lead_candidates import IDENTITY, MOBILE

TABLE = "marketing.account_risk"
KEY = ("account_no", "model_name")
_TEXTS = [f"reason_{n}_{language}" for n in (1, 2, 3) for language in ("en", "zh")]


def build(feature_month: date, as_of: date) -> Suite:
    """The suite for the lists of ``as_of``, made from the features of ``feature_month``."""
    # Full-width digits, common in Chinese text, count as digits.
    texts = f"concat_ws(' | ', {', '.join([*_TEXTS, 'change_en', 'change_zh'])})"
    text = f"translate({texts}, '０１２３４５６７８９Ｘ', '0123456789X')"
    rows = f"""select *,
            regexp_matches({text}, '{MOBILE}|{IDENTITY}') as looks_personal,
            row_number() over (partition by model_name order by rank) as expected_rank,
            lag(probability) over (partition by model_name order by rank) as probability_before
        from {TABLE} where as_of_date = date '{as_of}'"""
    month = f"where feature_month = date '{feature_month}'"
    moved = f"select distinct model_name from marketing.model_drift {month} and is_drifted"
    worse = f"select distinct model_name from marketing.model_performance {month} and is_worse"
    facts = f"""select
            (select count(*) from {TABLE} where as_of_date = date '{as_of}') as scores,
            (select count(*) from ({moved})) as models_that_drifted,
            (select count(*) from ({worse})) as models_that_got_worse"""
    rules = [
        fact_between(
            "day_has_scores",
            "marketing",
            "warn",
            "scores",
            1,
            None,
            "The run scored no account. In a small branch, or one without bills, that may be so: "
            "the models' cards say why.",
            "本次运行没有风险评分：小供电所或无账单数据时可能如此，原因见模型卡。",
        ),
        no_row(
            "probability_is_share",
            "marketing",
            "block",
            "probability",
            KEY,
            "where probability is null or not probability between 0 and 1",
            "0 ≤ probability ≤ 1, never null",
            "A probability is missing or outside 0..1. Do not use the list; report to the model's "
            "keeper.",
            "概率缺失或不在0至1之间：请勿使用名单，并通知模型负责人。",
        ),
        no_row(
            "account_once_a_model",
            "marketing",
            "block",
            "account_no",
            KEY,
            "group by account_no, model_name having count(*) > 1",
            "one row per account and model",
            "An account is twice on one list and would be called twice. Look for a join that "
            "multiplies rows.",
            "同一户号在同一名单中出现多次，会被重复联系：请检查使行数倍增的关联。",
        ),
        no_row(
            "rank_follows_probability",
            "marketing",
            "block",
            "rank",
            KEY,
            "where rank is distinct from expected_rank or probability > probability_before",
            "rank is 1, 2, 3 … within each model, by falling probability",
            "Ranks have a gap or a repeat, or do not follow the probability: rows were lost or "
            "doubled after ranking. Make the scores of the day again.",
            "名次有间断、重复或与概率不符，排名之后记录有丢失或重复：请重新生成当日得分。",
        ),
        no_row(
            "amount_not_negative",
            "billing",
            "block",
            "amount_at_risk_cny",
            KEY,
            "where amount_at_risk_cny is null or amount_at_risk_cny < 0",
            "0 ≤ amount_at_risk_cny, never null",
            "An amount at risk is missing or below zero. Look up the account's bills of 12 months.",
            "风险金额缺失或为负：请核查该户近12月账单。",
        ),
        no_row(
            "advice_given",
            "marketing",
            "block",
            "advice_code",
            KEY,
            "where advice_code is null or advice_label_en is null or advice_label_zh is null",
            "every row has an advice of seeds/risk_advice.csv",
            "An account has no advice, so protected customers may be treated like others. Complete "
            "seeds/risk_advice.csv: its last row must fit everybody.",
            "存在没有处理建议的户号，受保护客户可能被误催：请补全risk_advice规则，最后一行须适用于所有人。",
        ),
        no_row(
            "account_open",
            "customer_data",
            "block",
            "account_no",
            KEY,
            "where account_no in (select account_no from marts.dim_account "
            f"where closed_on <= date '{as_of}')",
            "no closed account is on a list",
            "A closed account is on a list. Check the closing date in the customer file.",
            "名单中有已销户的户号：请核对客户档案的销户日期。",
        ),
        no_row(
            "scores_are_of_the_month",
            "marketing",
            "block",
            "feature_month",
            KEY,
            f"where feature_month is distinct from date '{feature_month}'",
            f"every row is of {feature_month:%Y-%m}",
            "Scores are of another month than the one that the run is for. Make the scores of the "
            "day again.",
            "得分所属月份与本次运行不符：请重新生成当日得分。",
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
            "take the column out of seeds/event_driver.csv.",
            "理由中出现疑似手机号或身份证号，而理由会被发布：请从event_driver规则中去除该列。",
        ),
        no_row(
            "listed_has_reason",
            "marketing",
            "warn",
            "reason_1_en",
            KEY,
            "where is_listed and coalesce(trim(reason_1_en), '') = ''",
            "whoever is listed has a first reason",
            "A listed account has no reason, so nobody could say why it is called. With a weak "
            "model that may be so; look at its card.",
            "名单中有户号没有理由：模型较弱时可能如此，请查看模型卡。",
        ),
        fact_between(
            "inputs_and_scores_hold_still",
            "marketing",
            "warn",
            "models_that_drifted",
            0,
            0,
            "Inputs or scores of a model have moved since the month it learned from: "
            "marketing.model_drift names the columns. Check the source first, then the model.",
            "模型输入或得分较训练月份发生漂移，列名见model_drift：先查数据来源，再查模型。",
        ),
        fact_between(
            "performance_holds",
            "marketing",
            "warn",
            "models_that_got_worse",
            0,
            0,
            "A model does worse on the newest known month than when it was promoted: "
            "marketing.model_performance says in which figure.",
            "模型在最新已知月份的表现低于上线时，指标见model_performance。",
        ),
    ]
    return Suite("account_risk", TABLE, KEY, rows, facts, rules)
