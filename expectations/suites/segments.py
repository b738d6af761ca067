"""What publishing assumes of `marketing.customer_segment`: every account has its place, once."""

from datetime import date

from expectations import limits
from expectations.rule import Suite, fact_between, no_row

TABLE = "marketing.customer_segment"
PROFILE = "marketing.segment_profile"
ACCOUNTS = "customer_360.account_360"
KEY = ("account_no",)


def build(feature_month: date, as_of: date) -> Suite:
    """The suite for the segments of ``as_of``; the month of the features plays no part."""
    rows = f"select * from {TABLE} where as_of_date = date '{as_of}'"
    missing = f"""select account_no from {ACCOUNTS} where account_no not in
        (select account_no from ({rows}) where account_no is not null)"""
    unscored = f"select account_no from ({rows}) where segment_id is null"
    # Over the profile, so that a segment that lost all its accounts counts as zero. A day without a
    # profile is one without a model.
    facts = f"""select
            (select count(*) from ({missing})) as accounts_without_segment_row,
            (select avg(cast(segment_id is null as integer)) from ({rows})) as unscored_share,
            (select case when exists (select 1 from {PROFILE}) then avg(cast(segment_id is null
                as integer)) else 0 end from ({rows})) as unscored_share_of_model,
            (select case when count(*) = 0 then 1
                else coalesce(min(accounts) / nullif(sum(accounts), 0), 0) end from (
                select profile.segment_id, count(scored.account_no) as accounts
                from (select distinct segment_id from {PROFILE}) as profile
                left join ({rows}) as scored on scored.segment_id = profile.segment_id
                group by profile.segment_id)) as smallest_segment_share"""
    rules = [
        fact_between(
            "every_account_has_row",
            "marketing",
            "block",
            "accounts_without_segment_row",
            0,
            0,
            "Accounts of account_360 have no segment row, not even as unscored. Make the scores "
            "of the day again.",
            "客户360中的户号没有分群记录（也未标为未评分）：请重新生成当日得分。",
            culprits=missing,
            column="account_no",
        ),
        no_row(
            "account_unique",
            "marketing",
            "block",
            "account_no",
            KEY,
            "group by account_no having count(*) > 1",
            "one row per account",
            "An account is in two segments and would count twice. Look for a join that multiplies "
            "rows.",
            "同一户号出现在多个分群中，会被重复统计：请检查使行数倍增的关联。",
        ),
        no_row(
            "account_in_account_360",
            "marketing",
            "block",
            "account_no",
            KEY,
            f"where account_no is null or account_no not in (select account_no from {ACCOUNTS} "
            "where account_no is not null)",
            "every account is in customer_360.account_360",
            "A segment row is for an account that account_360 does not have: scores of another "
            "run. Make the scores of the day again.",
            "分群记录的户号不在客户360中，得分来自其他运行：请重新生成当日得分。",
        ),
        no_row(
            "segment_in_profile",
            "marketing",
            "block",
            "segment_id",
            KEY,
            # Null is not in an empty list either: a branch too young for a model has no profile.
            f"where segment_id is not null and segment_id not in (select segment_id from {PROFILE} "
            "where segment_id is not null)",
            f"every segment_id is in {PROFILE}",
            "Accounts are in a segment that has no profile, so nobody could explain it. Make the "
            "scores of the day again.",
            "户号所在分群没有画像，无法解释：请重新生成当日得分。",
        ),
        no_row(
            "segment_named",
            "marketing",
            "block",
            "segment_name_zh",
            KEY,
            "where segment_id is not null and (coalesce(trim(segment_name_en), '') = '' "
            "or coalesce(trim(segment_name_zh), '') = '')",
            "segment_name_en and segment_name_zh are not empty where segment_id is given",
            "A segment has no English or Chinese name. Complete the naming of segments.",
            "分群缺少中文或英文名称：请补全分群命名。",
        ),
        fact_between(
            # Without a model nobody is scored and the model card says why: then it only warns.
            "unscored_below_half",
            "metering",
            "block",
            "unscored_share_of_model",
            0,
            limits.UNSCORED_SHARE_BLOCK,
            "More than half of the accounts could not be segmented, so segments describe a "
            "minority. Restore collection; the unscored_reason says what is missing.",
            "超过一半户号无法分群，分群只代表少数：请恢复采集，缺失原因见unscored_reason。",
            culprits=unscored,
            column="segment_id",
        ),
        fact_between(
            "unscored_below_fifth",
            "metering",
            "warn",
            "unscored_share",
            0,
            limits.UNSCORED_SHARE_WARN,
            "More than a fifth of the accounts could not be segmented. The unscored_reason says "
            "what is missing.",
            "超过两成户号无法分群，缺失原因见unscored_reason。",
            culprits=unscored,
            column="segment_id",
        ),
        fact_between(
            "smallest_segment_usable",
            "marketing",
            "warn",
            "smallest_segment_share",
            limits.SMALLEST_SEGMENT_SHARE,
            1,
            "A segment holds fewer than one in 200 scored accounts: too few for a campaign. "
            "Consider fewer segments.",
            "有分群不足已评分户号的0.5%，难以开展营销：请考虑减少分群数。",
            column="segment_id",
        ),
    ]
    return Suite("segments", TABLE, KEY, rows, facts, rules)
