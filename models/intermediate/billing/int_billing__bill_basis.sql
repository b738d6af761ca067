-- int_billing__bill_basis: one row per bill with what it should follow from: reads, tariff, capacity, demand, and its parts made again.
-- The account's tariff and capacity are those on record at the end of the month billed.
with meters as (
    select
        account_no,
        max(ct_ratio) as ct_ratio
    from {{ ref('stg_ami__meters') }}
    group by account_no
),

joined as (
    select
        bills.bill_no,
        bills.account_no,
        bills.billing_month,
        accounts.tariff_code,
        accounts.contract_capacity_kva,
        demands.demand_kw,
        meters.ct_ratio,
        coalesce(bills.peak_kwh, bills.flat_kwh, bills.valley_kwh) is not null as has_registers,
        cast(coalesce(bills.usage_kwh, 0) as decimal(18, 4)) as billed_usage_kwh,
        {% for register in ['usage', 'sharp', 'peak', 'flat', 'valley'] %}
        cast(reads.{{ register }}_kwh as decimal(18, 4)) as read_{{ register }}_kwh,
        {% if register != 'usage' %}
        -- A bill without registers is tried on other tariffs with those read.
        cast(case
            when coalesce(bills.peak_kwh, bills.flat_kwh, bills.valley_kwh) is not null then bills.{{ register }}_kwh
            else reads.{{ register }}_kwh
        end as decimal(18, 4)) as billed_{{ register }}_kwh,
        {% endif %}
        late.{{ register }}_kwh as late_{{ register }}_kwh,
        {% endfor %}
        reads.spike_kwh,
        coalesce(reads.usable_days, 0) as usable_days,
        coalesce(reads.missing_days, 0) as missing_days,
        coalesce(reads.estimated_days, 0) as estimated_days,
        coalesce(reads.false_days, 0) as false_days,
        reads.max_daily_kwh,
        count(*) over (partition by bills.account_no, bills.billing_month) as bills_of_month,
        sum(coalesce(bills.usage_kwh, 0)) over (partition by bills.account_no, bills.billing_month) as month_usage_kwh,
        coalesce(bills.energy_charge_cny, 0) as energy_charge_cny,
        coalesce(bills.capacity_charge_cny, 0) as capacity_charge_cny,
        bills.power_factor_charge_cny,
        coalesce(bills.levies_cny, 0) as levies_cny,
        bills.amount_due_cny,
        tariffs.is_tou,
        tariffs.sharp_price_cny,
        tariffs.peak_price_cny,
        tariffs.flat_price_cny,
        tariffs.valley_price_cny,
        tariffs.kva_price_cny,
        tariffs.kw_price_cny,
        coalesce(tariffs.levy_price_cny, 0) as levy_price_cny
    from {{ ref('stg_billing__bills') }} as bills
    left join {{ ref('int_core__account_version') }} as accounts
        on bills.account_no = accounts.account_no and {{ known_at('accounts', 'last_day(bills.billing_month)') }}
    left join {{ ref('int_billing__tariff_month') }} as tariffs
        on accounts.tariff_code = tariffs.tariff_code and bills.billing_month = tariffs.month
    left join {{ ref('int_billing__read_month') }} as reads
        on bills.account_no = reads.account_no and bills.billing_month = reads.month
    left join {{ ref('int_billing__read_after_bill') }} as late on bills.bill_no = late.bill_no
    left join {{ ref('int_billing__demand_month') }} as demands
        on bills.account_no = demands.account_no and bills.billing_month = demands.month
    left join meters on bills.account_no = meters.account_no
),

-- No power factor lands, so the rate is the one of the table that comes nearest to the adjustment billed.
rates as (
    select
        joined.bill_no,
        rates.adjustment_share,
        row_number() over (
            partition by joined.bill_no
            order by
                abs(round((joined.energy_charge_cny + joined.capacity_charge_cny) * rates.adjustment_share, 2)
                    - joined.power_factor_charge_cny),
                abs(rates.adjustment_share)
        ) as distance_rank
    from joined
    cross join (select distinct adjustment_share from {{ ref('power_factor_rate') }}) as rates
    where joined.power_factor_charge_cny is not null
)

select
    joined.*,
    coalesce(rates.adjustment_share, 0) as adjustment_share,
    {{ energy_charge('billed', 'joined') }} as due_energy_cny,
    {{ energy_charge('read', 'joined') }} as read_energy_cny,
    {{ capacity_charge('contract_capacity_kva', 'demand_kw', 'joined') }} as due_capacity_cny,
    {{ power_factor_charge('joined.energy_charge_cny + joined.capacity_charge_cny', 'coalesce(rates.adjustment_share, 0)') }}
        as due_power_factor_cny,
    {{ levy_charge('billed', 'levy_price_cny') }} as due_levies_cny,
    {{ levy_charge('read', 'levy_price_cny') }} as read_levies_cny
from joined
left join rates on joined.bill_no = rates.bill_no and rates.distance_rank = 1
