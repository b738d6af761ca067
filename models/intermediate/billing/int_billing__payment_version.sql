-- int_billing__payment_version: one row per payment and version, with the days it was the newest known.
with versions as (
    {{ known_versions('billing', 'payments') }}
),

dated as (
    select
        payment_no,
        -- A payment is known from the day its record landed, and of no use before it was made.
        greatest(cast(paid_at as date), known_from) as known_from,
        known_until,
        account_no,
        bill_no,
        channel,
        paid_at,
        amount as amount_cny
    from versions
)

select * from dated
where known_until is null or known_from < known_until
