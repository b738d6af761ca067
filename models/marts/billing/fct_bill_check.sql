-- fct_bill_check: one row per bill: made again from reads and tariff, with the difference and its cause.
-- Two questions, each with its own cause (seed difference_cause): does the billed energy follow from the reads, and do the charges
-- follow from the billed energy. Causes are tried from the exact to the plausible, so that a bound never hides an equality.
with basis as (
    select
        *,
        energy_charge_cny - due_energy_cny as energy_off_cny,
        capacity_charge_cny - due_capacity_cny as capacity_off_cny,
        coalesce(power_factor_charge_cny, 0) - due_power_factor_cny as power_factor_off_cny,
        levies_cny - due_levies_cny as levies_off_cny,
        billed_usage_kwh - read_usage_kwh as energy_off_kwh,
        -- The most that days without a true read can hold.
        (missing_days + estimated_days + false_days) * max_daily_kwh * {{ threshold('bill_gap_factor') }} as doubt_kwh,
        not has_registers or (
            {% for register in ['sharp', 'peak', 'flat', 'valley'] %}
            coalesce(billed_{{ register }}_kwh, 0) = coalesce(read_{{ register }}_kwh, 0) {{ "and" if not loop.last }}
            {% endfor %}
        ) as are_registers_read,
        not has_registers or (
            {% for register in ['sharp', 'peak', 'flat', 'valley'] %}
            coalesce(billed_{{ register }}_kwh, 0) = coalesce(read_{{ register }}_kwh, 0) - late_{{ register }}_kwh
            {{ "and" if not loop.last }}
            {% endfor %}
        ) as were_registers_read
    from {{ ref('int_billing__bill_basis') }}
),

off as (
    select * from basis
    where energy_off_cny <> 0 or capacity_off_cny <> 0 or levies_off_cny <> 0
),

other_tariffs as (
    select
        off.bill_no,
        min(tariffs.tariff_code) as tariff_code
    from off
    inner join {{ ref('int_billing__tariff_month') }} as tariffs
        on off.billing_month = tariffs.month and off.tariff_code <> tariffs.tariff_code
    where
        off.energy_charge_cny + off.capacity_charge_cny + off.levies_cny
        = {{ energy_charge('billed', 'tariffs') }}
        + {{ capacity_charge('off.contract_capacity_kva', 'off.demand_kw', 'tariffs') }}
        + {{ levy_charge('billed', 'coalesce(tariffs.levy_price_cny, 0)') }}
    group by off.bill_no
),

other_capacities as (
    select distinct off.bill_no
    from off
    inner join {{ ref('int_core__account_version') }} as accounts on off.account_no = accounts.account_no
    where off.capacity_charge_cny = {{ capacity_charge('accounts.contract_capacity_kva', 'off.demand_kw', 'off') }}
),

judged as (
    select
        basis.*,
        other_tariffs.tariff_code as other_tariff_code,
        case
            when basis.usable_days = 0 then 'no_reads'
            when basis.energy_off_kwh = 0 and basis.are_registers_read then 'equal'
            when basis.energy_off_kwh = -basis.late_usage_kwh and basis.were_registers_read then 'reads_corrected_after_billing'
            when basis.energy_off_kwh = 0 then 'wrong_window'
            when basis.energy_off_kwh = basis.spike_kwh then 'spike_billed'
            when
                basis.ct_ratio > 1 and basis.read_usage_kwh <> 0
                and (
                    basis.billed_usage_kwh = basis.read_usage_kwh * basis.ct_ratio
                    or basis.billed_usage_kwh * basis.ct_ratio = basis.read_usage_kwh
                )
                then 'multiplier'
            when basis.bills_of_month > 1 and basis.month_usage_kwh = basis.read_usage_kwh then 'several_bills'
            when basis.doubt_kwh >= abs(basis.energy_off_kwh) and basis.energy_off_kwh > 0 and basis.missing_days > 0
                then 'missing_reads'
            when basis.doubt_kwh >= abs(basis.energy_off_kwh) and basis.estimated_days > 0 then 'estimated_reads'
            when basis.doubt_kwh >= abs(basis.energy_off_kwh) and basis.false_days > 0 then 'false_reads'
            when abs(basis.energy_off_kwh) < {{ threshold('bill_rounding_kwh') }} then 'rounding'
            else 'unexplained'
        end as energy_cause,
        case
            when basis.due_energy_cny is null then 'no_tariff'
            when
                basis.amount_due_cny
                <> basis.energy_charge_cny + basis.capacity_charge_cny
                + coalesce(basis.power_factor_charge_cny, 0) + basis.levies_cny
                then 'sum_of_parts'
            when
                basis.energy_off_cny = 0 and basis.capacity_off_cny = 0
                and basis.power_factor_off_cny = 0 and basis.levies_off_cny = 0
                then 'equal'
            when basis.due_capacity_cny is null then 'no_demand'
            when
                abs(basis.energy_off_cny) <= {{ threshold('bill_rounding_cny') }}
                and abs(basis.capacity_off_cny)
                <= greatest({{ threshold('bill_rounding_cny') }}, 0.01 * coalesce(basis.kw_price_cny, 0))
                and abs(basis.power_factor_off_cny) <= {{ threshold('bill_rounding_cny') }}
                and abs(basis.levies_off_cny) <= {{ threshold('bill_rounding_cny') }}
                then 'rounding'
            when other_tariffs.bill_no is not null then 'wrong_tariff'
            when abs(basis.energy_off_cny) > {{ threshold('bill_rounding_cny') }} then 'energy_price'
            when basis.capacity_off_cny <> 0 and other_capacities.bill_no is not null then 'capacity_changed'
            when basis.capacity_off_cny <> 0 then 'capacity'
            when abs(basis.power_factor_off_cny) > {{ threshold('bill_rounding_cny') }} then 'power_factor'
            else 'levies'
        end as charge_cause
    from basis
    left join other_tariffs on basis.bill_no = other_tariffs.bill_no
    left join other_capacities on basis.bill_no = other_capacities.bill_no
)

select
    judged.bill_no,
    judged.account_no,
    judged.billing_month,
    judged.tariff_code,
    cast(judged.billed_usage_kwh as decimal(18, 4)) as billed_kwh,
    judged.read_usage_kwh as read_kwh,
    judged.read_sharp_kwh,
    judged.read_peak_kwh,
    judged.read_flat_kwh,
    judged.read_valley_kwh,
    cast(judged.energy_off_kwh as decimal(18, 4)) as difference_kwh,
    cast(judged.missing_days as integer) as missing_days,
    cast(judged.estimated_days as integer) as estimated_days,
    cast(judged.false_days as integer) as false_days,
    judged.read_energy_cny as computed_energy_charge_cny,
    judged.due_capacity_cny as computed_capacity_charge_cny,
    {{ power_factor_charge('judged.read_energy_cny + judged.due_capacity_cny', 'judged.adjustment_share') }}
        as computed_power_factor_charge_cny,
    judged.read_levies_cny as computed_levies_cny,
    cast(
        judged.read_energy_cny + judged.due_capacity_cny + judged.read_levies_cny
        + {{ power_factor_charge('judged.read_energy_cny + judged.due_capacity_cny', 'judged.adjustment_share') }} as decimal(18, 2)
    ) as computed_amount_cny,
    cast(judged.amount_due_cny - (
        judged.read_energy_cny + judged.due_capacity_cny + judged.read_levies_cny
        + {{ power_factor_charge('judged.read_energy_cny + judged.due_capacity_cny', 'judged.adjustment_share') }}
    ) as decimal(18, 2)) as difference_cny,
    judged.energy_cause,
    judged.charge_cause,
    case when judged.charge_cause in ('equal', 'rounding') and judged.energy_cause <> 'equal'
        then judged.energy_cause else judged.charge_cause end as cause,
    judged.other_tariff_code,
    energy.needs_review or charge.needs_review as needs_review
from judged
inner join {{ ref('difference_cause') }} as energy
    on energy.topic = 'bill_energy' and judged.energy_cause = energy.cause
inner join {{ ref('difference_cause') }} as charge
    on charge.topic = 'bill_charge' and judged.charge_cause = charge.cause
