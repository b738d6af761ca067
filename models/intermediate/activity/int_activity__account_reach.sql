-- int_activity__account_reach: one row per account and complete month with an enrolment or consent known: what is in force.
{{ config(
    materialized=day_by_day(),
    incremental_strategy='append',
    pre_hook="{{ delete_changed('last_day(month) >= ' ~ changed_from()) }}"
) }}
with calendar as (
    select account_no, customer_no, month, month_end from {{ ref('int_core__account_calendar') }}
    {% if is_incremental() %}
    where month_end >= {{ changed_from() }}
    {% endif %}
),

enrolled as (
    select
        calendar.account_no,
        calendar.month
        {% for product in enrolled_products() %},
        max(case when versions.product_code = '{{ product }}' then 1 else 0 end) as {{ product }}
        {% endfor %}
    from calendar
    inner join ({{ known_versions('marketing', 'enrolments') }}) as versions
        on
            calendar.account_no = versions.account_no
            and versions.known_from <= calendar.month_end
            and (versions.known_until is null or versions.known_until > calendar.month_end)
            and versions.start_on <= calendar.month_end
            and (versions.end_on is null or versions.end_on > calendar.month_end)
    group by calendar.account_no, calendar.month
),

-- Of two changes at one moment the refusal counts.
said as (
    select
        calendar.account_no,
        calendar.month,
        versions.channel,
        case when right(max(concat(
            cast(versions.changed_at as {{ dbt.type_string() }}), case when versions.status = 'granted' then '-granted' else '-refused' end
        )), 7) = 'granted' then 1 else 0 end as is_granted
    from calendar
    inner join ({{ known_versions('crm', 'consents') }}) as versions
        on
            calendar.customer_no = versions.customer_no
            and versions.purpose = 'marketing'
            and versions.known_from <= calendar.month_end
            and (versions.known_until is null or versions.known_until > calendar.month_end)
            and cast(versions.changed_at as date) <= calendar.month_end
    group by calendar.account_no, calendar.month, versions.channel
),

consents as (
    select
        account_no,
        month
        {% for channel in consent_channels() %},
        max(case when channel = '{{ channel }}' then is_granted end) as {{ channel }}
        {% endfor %}
    from said
    group by account_no, month
),

months as (
    select account_no, month from enrolled
    union
    select account_no, month from consents
)

select
    months.account_no,
    months.month
    {% for product in enrolled_products() %},
    coalesce(enrolled.{{ product }}, 0) = 1 as is_enrolled_{{ product }}
    {% endfor %}
    {% for channel in consent_channels() %},
    consents.{{ channel }} = 1 as may_contact_by_{{ channel }}
    {% endfor %}
from months
left join enrolled on months.account_no = enrolled.account_no and months.month = enrolled.month
left join consents on months.account_no = consents.account_no and months.month = consents.month
