-- grid_forecast: one row per feeder (or the branch) and day ahead: energy to expect, as forecast at the run's date.
select
    series_kind,
    series,
    day,
    cast(days_ahead as integer) as days_ahead,
    forecast_kwh,
    low_kwh,
    high_kwh,
    naive_kwh,
    method,
    backtest_mase,
    backtest_naive_mase,
    cast(backtest_days as integer) as backtest_days,
    known_until,
    as_of_date
from {{ source('scores', 'grid_forecast') }}
where as_of_date = {{ as_of_date() }}
