-- stg_reports__branch_months: one row per unit and month.
with accepted as (
    {{ accepted_rows('reports', 'branch_months') }}
)

select
    -- keys
    org_code,
    month,
    -- measures
    accounts,
    kwh_sold as sold_kwh,
    amount_receivable as amount_receivable_cny,
    amount_received as amount_received_cny,
    line_loss_rate,
    complaints,
    -- load
    load_date,
    source_file,
    source_line
from accepted
