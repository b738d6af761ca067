"""What scoring assumes of `customer_360.account_month`, for the month that it will score."""

from datetime import date

from expectations import limits
from expectations.rule import Rule, Suite, column_between, column_given, fact_between, no_row
from expectations.suites.account_month_sql import TABLE, Queries

KEY = ("account_no", "month")

# Column: owner, severity, English, Chinese. Weather shares come from a regression, whose estimate
# may leave 0..1 a little; the others are counted and cannot.
_SHARES = {
    "missing_share_3m": ("metering", "block", "missing days", "缺失日"),
    "estimated_share_3m": ("metering", "block", "estimated days", "估算日"),
    "short_share_3m": ("metering", "block", "short days", "残缺日"),
    "zero_day_share_12m": ("metering", "block", "days without use", "零用电日"),
    "peak_share_12m": ("metering", "block", "peak use", "峰段电量"),
    "valley_share_12m": ("metering", "block", "valley use", "谷段电量"),
    "late_bill_share_12m": ("billing", "block", "late bills", "逾期账单"),
    "heating_share_12m": ("external_data", "warn", "heating", "采暖电量"),
    "cooling_share_12m": ("external_data", "warn", "cooling", "制冷电量"),
}


def _share_rules() -> list[Rule]:
    return [
        column_between(
            f"{column}_is_share",
            owner,
            severity,
            column,
            0,
            1,
            f"The share of {en} is below 0 or above 1. Numerator and denominator do not match: "
            "look up the listed accounts' days and correct the source or the model.",
            f"{zh}占比小于0或大于1，分子与分母不一致：请核查所列户号的日数据，更正来源或模型。",
        )
        for column, (owner, severity, en, zh) in _SHARES.items()
    ]


def build(feature_month: date, as_of: date) -> Suite:
    """The suite for one month's rows; ``as_of`` is the business date of the run."""
    queries = Queries(feature_month, as_of)
    lowest_ratio, highest_ratio = limits.RATIO_3M_TO_12M
    rules = [
        fact_between(
            "month_has_rows",
            "external_data",
            "block",
            "rows_in_month",
            1,
            None,
            "The month to score has no row: the models did not run for it. Run the day again.",
            "待评分月份没有任何行，模型未对该月运行：请重新运行当日任务。",
        ),
        fact_between(
            "month_is_expected",
            "external_data",
            "block",
            "months_from_expected",
            0,
            0,
            "The newest complete month is not the one to score. A load is missing or the run has "
            "the wrong date.",
            "最新完整月份不是待评分月份：缺少数据装载，或运行日期有误。",
            column="month",
        ),
        fact_between(
            "reads_are_fresh",
            "metering",
            "block",
            "months_since_newest_read",
            0,
            0,
            "No account has a read in the month to score. Scores would describe an old state: load "
            "the missing days.",
            "待评分月份没有任何户号有抄表数据，评分将反映旧状态：请补充装载缺失的数据。",
            column="months_since_last_read",
        ),
        fact_between(
            "no_month_after_as_of",
            "external_data",
            "block",
            "rows_after_as_of",
            0,
            0,
            "Rows belong to a month that had not ended on the run's date, so models would see the "
            "future. Correct the run's date, or the model's month filter.",
            "存在运行日期尚未结束的月份，模型会用到未来数据：请更正运行日期或模型的月份条件。",
            culprits=queries.after_as_of,
            column="month",
        ),
        fact_between(
            "month_given",
            "external_data",
            "block",
            "rows_without_month",
            0,
            0,
            "Rows have no month and would be scored never. Correct the model.",
            "存在没有月份的行，永远不会被评分：请修正模型。",
            culprits=queries.without_month,
            column="month",
        ),
        column_given(
            "account_no_given",
            "customer_data",
            "block",
            "account_no",
            "Rows have no account number, so nobody could be called. Correct the account file.",
            "存在没有户号的行，无法对应客户：请更正客户档案。",
        ),
        no_row(
            "key_unique",
            "external_data",
            "block",
            "account_no",
            KEY,
            "where account_no is not null group by account_no, month having count(*) > 1",
            "one row per account and month",
            "An account has more than one row for the month and would be scored twice. Look for a "
            "join that multiplies rows.",
            "同一户号当月有多行，会被重复评分：请检查使行数倍增的关联。",
        ),
        no_row(
            "account_known",
            "customer_data",
            "block",
            "account_no",
            KEY,
            "where account_no not in (select account_no from marts.dim_account "
            "where account_no is not null)",
            "every account is in marts.dim_account",
            "Accounts are metered but not in the customer file. Add the listed accounts to it.",
            "户号有计量但不在客户档案中：请在档案中补录所列户号。",
        ),
        fact_between(
            "open_accounts_have_row",
            "customer_data",
            "block",
            "open_accounts_without_row",
            0,
            limits.OPEN_ACCOUNTS_WITHOUT_ROW,
            "Open accounts have no row for the month and would drop out of segments and leads. "
            "Check whether a file of accounts or reads is missing.",
            "在用户号当月没有行，会从分群和线索中漏掉：请检查是否缺少档案或抄表文件。",
            culprits=queries.without_row,
            column="account_no",
        ),
        no_row(
            "quality_score_is_share",
            "metering",
            "block",
            "quality_score",
            KEY,
            "where quality_score is null or quality_score not between 0 and 1",
            "0 ≤ quality_score ≤ 1, never null",
            "The quality score is missing or outside 0..1, so good and bad data can't be told "
            "apart. Correct the model or its weights in the thresholds.",
            "质量分缺失或不在0至1之间，无法区分数据好坏：请修正模型或阈值表中的权重。",
        ),
        *_share_rules(),
        column_between(
            "usage_not_negative",
            "metering",
            "block",
            "usage_kwh_1m",
            limits.NEGATIVE_KWH,
            None,
            "Use of the month is negative for more accounts than corrections explain. Check meter "
            "direction and register order of the listed accounts.",
            "当月电量为负的户数超出正常更正范围：请检查所列户号的接线方向与示数顺序。",
            mostly=limits.MOSTLY_CREDIBLE,
        ),
        column_between(
            "mean_daily_kwh_credible",
            "metering",
            "block",
            "kwh_to_category_limit",
            0,
            1,
            "Mean use a day is beyond what the account's category can use (or negative). Suspect "
            "Wh for kWh, a wrong multiplier, or a wrong category.",
            "日均电量超出该用电类别的合理范围（或为负）：请检查单位（Wh/kWh）、倍率或用电类别。",
            mostly=limits.MOSTLY_CREDIBLE,
        ),
        no_row(
            "usable_days_in_calendar",
            "metering",
            "block",
            "usable_days_12m",
            KEY,
            "where usable_days_12m not between 0 and least(366, calendar_days_12m)",
            "0 ≤ usable_days_12m ≤ calendar days of the 12 months",
            "More usable days than the calendar has: days are counted twice. Check repeated reads "
            "of the listed accounts.",
            "可用天数多于日历天数，存在重复计数：请检查所列户号的重复抄表数据。",
        ),
        fact_between(
            "half_of_accounts_usable",
            "metering",
            "block",
            "usable_share",
            limits.USABLE_SHARE_BLOCK,
            1,
            "Fewer than half of the open accounts have a usable month; a ranking would be of those "
            "who happen to be read. Restore collection and load the reads again.",
            "可用数据的在用户号不足一半，排名失去意义：请恢复采集并补装抄表数据。",
            culprits=queries.unusable,
            column="usable_days_1m",
        ),
        fact_between(
            "most_accounts_usable",
            "metering",
            "warn",
            "usable_share",
            limits.USABLE_SHARE_WARN,
            1,
            "Fewer than four in five open accounts have a usable month. Check concentrators and "
            "collection of the listed accounts.",
            "可用数据的在用户号不足八成：请检查所列户号的集中器与采集情况。",
            culprits=queries.unusable,
            column="usable_days_1m",
        ),
        # Zero is a valid ratio: a pump or holiday home that stands still in winter.
        column_between(
            "winter_summer_ratio_not_negative",
            "metering",
            "block",
            "winter_summer_ratio_12m",
            0,
            None,
            "The ratio of winter to summer use is negative, which no meter can show. Check the "
            "seasons' means of the listed accounts.",
            "冬夏用电比为负，不可能出现：请核查所列户号的季节均值。",
        ),
        column_between(
            "recent_use_near_year",
            "metering",
            "warn",
            "kwh_3m_to_12m",
            lowest_ratio,
            highest_ratio,
            "For many accounts the last three months differ from the year by more than a season "
            "explains. Check the last loads for gaps or doubled reads.",
            "许多户号近三个月电量与全年差异超出季节影响：请检查近期装载是否有缺失或重复。",
            mostly=limits.RATIO_3M_MOSTLY,
        ),
        fact_between(
            "median_near_month_before",
            "metering",
            "block",
            "median_step",
            1 / limits.MEDIAN_STEP,
            limits.MEDIAN_STEP,
            "The median account uses over three times more, or less, than in the month before. "
            "Suspect a change of unit (Wh for kWh) in the last load.",
            "户均电量中位数较上月变动超过三倍：疑似最近一次装载的单位有误（Wh/kWh）。",
            column="mean_daily_kwh_1m",
        ),
    ]
    return Suite("account_month", TABLE, KEY, queries.rows, queries.facts, rules)
