-- fct_rate_saving: one row per open account with a computed bill: what it would have paid less in the last twelve billed months.
with kinds as (
    select
        tariff_code,
        min(kind) as kind
    from {{ ref('dim_tariff') }}
    group by tariff_code
),

own as (
    select
        fits.account_no,
        fits.tariff_code,
        kinds.kind,
        fits.months_used,
        fits.current_bill_cny,
        fits.power_factor_saving_cny
    from {{ ref('fct_rate_fit') }} as fits
    inner join kinds on fits.tariff_code = kinds.tariff_code
    where fits.is_current
),

others as (
    select
        fits.account_no,
        max(case when own.kind = 'flat' and kinds.kind <> 'flat' then fits.saving_cny end) as tou_saving_cny,
        -- Energy is priced alike, so what differs is how capacity is charged.
        max(case when own.kind = kinds.kind then fits.saving_cny end) as capacity_billing_saving_cny
    from {{ ref('fct_rate_fit') }} as fits
    inner join own on fits.account_no = own.account_no
    inner join kinds on fits.tariff_code = kinds.tariff_code
    where not fits.is_current and fits.may_choose
    group by fits.account_no
)

select
    own.account_no,
    own.tariff_code,
    own.months_used,
    own.current_bill_cny,
    -- Who buys on the retail market does not pay the branch's tariff.
    case when coalesce(accounts.supply_mode, '') <> 'retail_market' then others.tou_saving_cny end as tou_saving_cny,
    case when coalesce(accounts.supply_mode, '') <> 'retail_market' then others.capacity_billing_saving_cny end as capacity_billing_saving_cny,
    own.power_factor_saving_cny
from own
inner join {{ ref('dim_account') }} as accounts on own.account_no = accounts.account_no
left join others on own.account_no = others.account_no
