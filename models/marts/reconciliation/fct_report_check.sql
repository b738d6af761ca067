-- fct_report_check: one row per reporting unit, month and figure: reported beside computed, with the cause of a difference.
-- A cause explains a difference when the figure, computed as the cause says, is the reported one; only complaints have a bound.
with reports as (
    select * from {{ ref('stg_reports__branch_months') }}
),

{% set sides = {
    'accounts': ['billed', 'reports.accounts', 'accounts_now', 'accounts_then', 'bills_now', 'bills_then', 'quarantined_bills', '0', '0'],
    'sold_kwh': ['billed', 'reports.sold_kwh', 'usage_kwh_now', 'usage_kwh_then', 'bills_now', 'bills_then', 'quarantined_kwh', '0', '0'],
    'amount_receivable': [
        'billed', 'reports.amount_receivable_cny', 'amount_due_cny_now', 'amount_due_cny_then', 'bills_now', 'bills_then',
        'quarantined_cny', '0', '0'
    ],
    'amount_received': [
        'received', 'reports.amount_received_cny', 'amount_cny_now', 'amount_cny_then', 'payments_now', 'payments_then',
        'quarantined_cny', 'unmatched_cny', '0'
    ],
    'line_loss_rate': [
        'loss', 'reports.line_loss_rate',
        'round(' ~ ratio('supplied_kwh_now - sold_kwh_now', 'supplied_kwh_now') ~ ', 6)',
        'round(' ~ ratio('supplied_kwh_then - sold_kwh_then', 'supplied_kwh_then') ~ ', 6)',
        'days_now', 'days_then', '0', '0', '0'
    ],
    'complaints': [
        'complaint', 'reports.complaints', 'complaints_now', 'complaints_then', 'orders_now', 'orders_then', '0', '0', 'uncategorised'
    ],
} %}
figures as (
    {% for figure, (model, reported, now, then, rows_now, rows_then, quarantined, unmatched, unknown) in sides.items() %}
    select
        reports.org_code,
        reports.month,
        reports.load_date as reported_on,
        '{{ figure }}' as figure,
        cast({{ reported }} as decimal(24, 6)) as reported,
        -- Nothing landed for the unit is nothing to sum.
        cast(coalesce({{ now }}, 0) as decimal(24, 6)) as computed,
        cast(coalesce({{ then }}, 0) as decimal(24, 6)) as computed_then,
        coalesce({{ rows_now }}, 0) as rows_now,
        coalesce({{ rows_then }}, 0) as rows_then,
        cast(coalesce({{ quarantined }}, 0) as decimal(24, 6)) as quarantined,
        cast(coalesce({{ unmatched }}, 0) as decimal(24, 6)) as unmatched,
        coalesce({{ unknown }}, 0) as uncategorised
    from reports
    left join {{ ref('int_reconciliation__' ~ model) }} as sides
        on reports.org_code = sides.report_org_code and reports.month = sides.month
    {{ "union all" if not loop.last }}
    {% endfor %}
),

compared as (
    select
        figures.*,
        kinds.owner,
        kinds.tolerance,
        figures.reported - figures.computed as difference
    from figures
    inner join {{ ref('report_figure') }} as kinds on figures.figure = kinds.figure
),

judged as (
    select
        *,
        case
            when reported is null then 'not_reported'
            when abs(difference) <= tolerance then 'equal'
            when rows_now = 0 then 'no_data'
            when abs(reported - computed_then) <= tolerance and rows_then < rows_now then 'late_data'
            when abs(reported - computed_then) <= tolerance then 'corrections_after_report'
            when quarantined <> 0 and abs(difference - quarantined) <= tolerance then 'quarantined_rows'
            when unmatched <> 0 and abs(difference + unmatched) <= tolerance then 'unmatched_payments'
            when difference > 0 and difference <= uncategorised then 'uncategorised_orders'
            else 'unexplained'
        end as cause
    from compared
)

select
    judged.org_code,
    judged.month,
    judged.figure,
    judged.reported_on,
    judged.reported,
    judged.computed,
    judged.computed_then,
    cast(judged.difference as decimal(24, 6)) as difference,
    round({{ ratio('judged.difference', 'judged.computed') }}, 9) as difference_share,
    judged.cause,
    case
        when judged.cause = 'equal' then 'equal'
        when causes.needs_review then 'open'
        else 'explained'
    end as status,
    judged.owner
from judged
inner join {{ ref('difference_cause') }} as causes on causes.topic = 'report' and judged.cause = causes.cause
