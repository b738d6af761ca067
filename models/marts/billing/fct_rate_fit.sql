-- fct_rate_fit: one row per open account and tariff of its category, its own among them: the bill of the last twelve months under it.
-- A month counts where both the tariff and the account's own can be computed, so that the two bills are of the same months.
with compared as (
    select
        months.*,
        basis.current_bill_cny as own_amount_cny,
        case when months.missing_reason is null and basis.current_bill_cny is null then 'own_tariff_unknown' else months.missing_reason end
            as reason
    from {{ ref('int_billing__rate_month') }} as months
    left join {{ ref('fct_rate_basis') }} as basis on months.account_no = basis.account_no and months.month = basis.month
)

select
    account_no,
    tariff_code,
    is_current,
    may_choose,
    cast(count(*) as integer) as months_billed,
    cast(count(case when reason is null then 1 end) as integer) as months_used,
    cast(sum(case when reason is null then amount_cny end) as decimal(18, 2)) as bill_cny,
    cast(sum(case when reason is null then own_amount_cny end) as decimal(18, 2)) as current_bill_cny,
    cast(sum(case when reason is null then own_amount_cny - amount_cny end) as decimal(18, 2)) as saving_cny,
    cast(sum(case when reason is null then power_factor_saving_cny end) as decimal(18, 2)) as power_factor_saving_cny,
    cast(sum(case when reason is null then billed_cny end) as decimal(18, 2)) as billed_cny,
    min(reason) as missing_reason
from compared
group by account_no, tariff_code, is_current, may_choose
