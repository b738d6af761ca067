"""What handing out assumes of `marketing.lead`: every lead of the day may be acted on."""

from datetime import date

from expectations.rule import Suite, fact_between, no_row

TABLE = "marketing.lead"
KEY = ("lead_id",)


def build(feature_month: date, as_of: date) -> Suite:
    """The suite for the plan in force on ``as_of``, made from the features of ``feature_month``."""
    # What is no longer open is not handed out; what is must hold against the marts, not the plan.
    rows = f"""select leads.*,
            reach.account_no is not null and reach.has_consent as may_contact,
            coalesce(reach.is_protected or reach.has_open_complaint, false) as is_off_limits,
            staff.staff_no is not null as has_known_manager,
            count(*) over (partition by leads.customer_id) as offers
        from {TABLE} as leads
        left join customer_360.account_channel as reach
            on leads.account_no = reach.account_no and leads.channel = reach.channel
        left join marts.dim_staff as staff on leads.staff_no = staff.staff_no and staff.is_active
        where leads.as_of_date = date '{as_of}'"""
    # Below 200 customers chance alone makes any share: nothing is held against the plan then.
    facts = f"""select
            count(*) as leads,
            case when count(*) >= 200 then avg(case when arm = 'holdout' then 1.0 else 0.0 end)
                / (select max(value) from seeds.thresholds where code = 'lead_holdout_share')
                else 1.0
            end as holdout_share_to_planned
        from {TABLE} where as_of_date = date '{as_of}' and is_choice_at_prices"""
    rules = [
        fact_between(
            "day_has_leads",
            "marketing",
            "warn",
            "leads",
            1,
            None,
            "The plan has no lead: nobody is eligible and reachable, or nothing pays. See "
            "marketing.lead_outcome for what kept the candidates out.",
            "本周期计划没有线索：无人符合条件且可触达，或均不合算。原因见marketing.lead_outcome。",
        ),
        fact_between(
            "holdout_is_as_planned",
            "marketing",
            "block",
            "holdout_share_to_planned",
            0.5,
            2.0,
            "The share held out is far from what seeds/thresholds.csv plans, so the effect can't "
            "be measured. Look at the holdout's draw before anything is handed out.",
            "留白比例与计划相差过大，无法衡量效果：导出前请检查留白抽样。",
        ),
        no_row(
            "open_lead_has_consent",
            "marketing",
            "block",
            "channel",
            KEY,
            "where status = 'open' and not may_contact",
            "an open lead has a consent to marketing that covers its channel",
            "A lead would contact somebody who has not agreed to it. Do not export; look at "
            "customer_360.account_channel.",
            "线索将联系未授权的客户：请勿导出，并检查customer_360.account_channel。",
        ),
        no_row(
            "nobody_protected",
            "service_desk",
            "block",
            "account_no",
            KEY,
            "where status = 'open' and is_off_limits",
            "no open lead is for a protected customer or one with an open complaint",
            "A lead would sell to a protected customer or to one whose complaint is open.",
            "线索对应特殊保护客户或投诉未办结的客户：请勿推销。",
        ),
        no_row(
            "one_offer_a_customer",
            "marketing",
            "block",
            "customer_id",
            KEY,
            "where offers > 1",
            "one lead a customer and cycle",
            "A customer would get two offers in one cycle. Look at the allocation's customers.",
            "同一客户一个周期内有多个线索：请检查分配时的客户归并。",
        ),
        no_row(
            "value_covers_cost",
            "marketing",
            "block",
            "expected_value_cny",
            KEY,
            "where arm = 'treated' and not coalesce(expected_value_cny > 0, false)",
            "expected_value_cny > 0 for whoever is contacted",
            "A contact is planned that is not expected to bring more than it costs, or whose value "
            "is unknown. Make the plan again.",
            "计划中的触达预期价值不高于成本或未知：请重新生成计划。",
        ),
        no_row(
            "person_has_manager",
            "marketing",
            "block",
            "staff_no",
            KEY,
            "where arm = 'treated' and channel in (select channel from marts.dim_channel "
            "where minutes_per_contact > 0) and not has_known_manager",
            "calls and visits name an active member of staff",
            "A call or visit names no active account manager, so nobody would make it.",
            "电话或上门线索没有在岗客户经理，将无人执行。",
        ),
        no_row(
            "not_expired",
            "marketing",
            "block",
            "expires_on",
            KEY,
            f"where status = 'open' and (expires_on < date '{as_of}' or planned_on > expires_on)",
            "an open lead has not expired and is planned before it does",
            "An open lead has expired, or is planned for a day after it does.",
            "待执行线索已失效，或计划日期晚于失效日期。",
        ),
        no_row(
            "made_from_this_month",
            "marketing",
            "block",
            "feature_month",
            KEY,
            f"where feature_month is distinct from date '{feature_month}'",
            f"feature_month is {feature_month}",
            "The plan was made from another month's features. Make the scores of the day again.",
            "计划所用画像月份不符：请重新生成当日得分。",
        ),
        no_row(
            "reason_given",
            "marketing",
            "block",
            "reason_1_zh",
            KEY,
            "where coalesce(trim(reason_1_en), '') = '' or coalesce(trim(reason_1_zh), '') = ''",
            "reason_1_en and reason_1_zh are not empty",
            "A lead has no first reason, so whoever calls could not say why.",
            "线索缺少首要理由，执行人员无法说明原因。",
        ),
    ]
    return Suite("leads", TABLE, KEY, rows, facts, rules)
