-- int_core__meter_version: one row per meter and version of its record, with the days it was the newest known.
with versions as (
    {{ known_versions('ami', 'meters') }}
)

select
    meter_no,
    known_from,
    known_until,
    {{ is_first_version('ami', 'meters') }} as is_first,
    account_no,
    transformer_no,
    installed_on,
    removed_on,
    -- Until when this was the newest record of the meter at this account: a move tells nothing new of the account it left.
    lead(known_from) over (partition by meter_no, account_no order by known_from) as newest_at_account_until,
    lag(installed_on) over (partition by meter_no, account_no order by known_from) as previous_installed_on,
    lag(removed_on) over (partition by meter_no, account_no order by known_from) as previous_removed_on,
    lag(known_from) over (partition by meter_no, account_no order by known_from) is not null as is_told_again,
    -- Accounts of one meter, nearly all, need no comparison of meters.
    min(meter_no) over (partition by account_no) < max(meter_no) over (partition by account_no) as shares_account
from versions
