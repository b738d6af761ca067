-- account_forecast: one row per account and month ahead: use to expect, as forecast at the run's date.
select
    scored.account_no,
    scored.month,
    accounts.customer_id,
    accounts.org_code,
    cast(scored.months_ahead as integer) as months_ahead,
    scored.forecast_kwh,
    scored.low_kwh,
    scored.high_kwh,
    scored.naive_kwh,
    scored.method,
    scored.backtest_mase,
    cast(scored.backtest_months as integer) as backtest_months,
    scored.feature_month,
    scored.as_of_date
from {{ source('scores', 'account_forecast') }} as scored
left join {{ ref('account_360') }} as accounts on scored.account_no = accounts.account_no
where scored.as_of_date = {{ as_of_date() }}
