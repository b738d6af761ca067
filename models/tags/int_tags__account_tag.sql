-- int_tags__account_tag: one row per account, tag by fact or rule and time in which it held, from month's end to month's end.
{{ config(
    materialized=day_by_day(),
    incremental_strategy='delete+insert',
    unique_key=['account_no', 'tag_code', 'valid_from'],
    on_schema_change='fail',
    pre_hook="{{ delete_changed('valid_from >= ' ~ changed_from()) }}",
    post_hook="{{ insert_other_slices_if_sliced(account_slices(ref('dim_account'))) }}"
) }}
{% set slices = whole_or_slices(ref('dim_account')) %}
{% set rules = tag_rules() %}
{% set inputs = tag_inputs() %}
{% set words = range((rules | length + tags_in_a_word() - 1) // tags_in_a_word()) %}
with limits as (
    {{ tag_limits(rules) }}
),

places as (
    {{ tag_places(rules) }}
),

-- An account's month is a few whole numbers, a bit a tag: all tags of all months as rows would be a hundred times as many.
packed as (
    select
        account_no,
        month,
        month_end
        {% for word in words %},
        {{ tag_word(rules, word) }} as bits_{{ word }}
        {% endfor %}
    from {{ ref('int_tags__input') }}
    cross join limits
    where
        {{ within_slice('account_no', slices[0]) }}
        {% if is_incremental() %}
        and month >= {{ add_months(month_of(changed_from()), -1) }}
        {% endif %}
),

followed as (
    select
        *
        {% for word in words %},
        coalesce(lag(bits_{{ word }}) over (partition by account_no order by month), 0) as before_{{ word }}
        {% endfor %}
    from packed
),

changes as (
    {% for word in words %}
    select
        followed.account_no,
        places.tag,
        places.tag_code,
        followed.month_end,
        {{ shift_right('followed.bits_' ~ word, 'places.place') }} % 2 = 1 as is_on
    from followed
    inner join places
        on
            places.word = {{ word }}
            and {{ shift_right('followed.bits_' ~ word, 'places.place') }} % 2
            <> {{ shift_right('followed.before_' ~ word, 'places.place') }} % 2
    where
        followed.bits_{{ word }} <> followed.before_{{ word }}
        {% if is_incremental() %}
        and followed.month_end >= {{ changed_from() }}
        {% endif %}
    {{ "union all" if not loop.last }}
    {% endfor %}
),

periods as (
    select
        account_no,
        tag,
        tag_code,
        month_end,
        is_on,
        lead(month_end) over (partition by account_no, tag order by month_end) as next_change,
        row_number() over (partition by account_no, tag order by month_end) as place
    from changes
),

begun as (
    select
        account_no,
        tag,
        tag_code,
        month_end,
        next_change
    from periods
    where is_on
)

select
    begun.account_no,
    begun.tag_code,
    begun.month_end as valid_from,
    begun.next_change as valid_to,
    case begun.tag
        {% for rule in rules %}
        when {{ loop.index0 }} then {{ tag_evidence(rule, inputs) }}
        {% endfor %}
    end as evidence
from {{ ref('int_tags__input') }} as months
inner join begun on months.account_no = begun.account_no and months.month_end = begun.month_end
where
    {{ within_slice('months.account_no', slices[0]) }}
    {% if is_incremental() %}
    and months.month_end >= {{ changed_from() }}
union all
-- What began before: it ends now, or what had ended it is told anew.
select
    earlier.account_no,
    earlier.tag_code,
    earlier.valid_from,
    periods.month_end as valid_to,
    earlier.evidence
from {{ this }} as earlier
left join periods
    on earlier.account_no = periods.account_no and earlier.tag_code = periods.tag_code and periods.place = 1 and not periods.is_on
where
    earlier.valid_from < {{ changed_from() }}
    and (
        earlier.valid_to >= {{ changed_from() }}
        or (earlier.valid_to is null and periods.month_end is not null)
    )
    {% endif %}
