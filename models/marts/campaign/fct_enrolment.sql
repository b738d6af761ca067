-- fct_enrolment: one row per account, product and start of an enrolment, with the campaign that had chosen the account.
with chosen as (
    select
        enrolments.account_no,
        enrolments.product_code,
        enrolments.start_on,
        touches.campaign_no,
        touches.arm,
        touches.channel,
        cast(touches.sent_at as date) as touched_on,
        row_number() over (
            partition by enrolments.account_no, enrolments.product_code, enrolments.start_on
            -- Of several campaigns the one begun last; in it a treated touch, if an account came twice.
            order by campaigns.start_on desc, campaigns.campaign_no desc, touches.arm desc, touches.touch_no asc
        ) as place
    from {{ ref('stg_marketing__enrolments') }} as enrolments
    inner join {{ ref('fct_touch') }} as touches
        on enrolments.account_no = touches.account_no and enrolments.product_code = touches.product_code
    inner join {{ ref('dim_campaign') }} as campaigns
        on
            touches.campaign_no = campaigns.campaign_no
            and enrolments.start_on >= campaigns.start_on
            and (campaigns.end_on is null or enrolments.start_on <= campaigns.end_on)
)

select
    enrolments.account_no,
    enrolments.product_code,
    enrolments.start_on,
    enrolments.end_on,
    enrolments.start_on <= {{ as_of_day() }}
    and (enrolments.end_on is null or enrolments.end_on >= {{ as_of_day() }}) as is_active,
    chosen.campaign_no,
    chosen.arm,
    chosen.channel,
    chosen.touched_on
from {{ ref('stg_marketing__enrolments') }} as enrolments
left join chosen
    on
        enrolments.account_no = chosen.account_no
        and enrolments.product_code = chosen.product_code
        and enrolments.start_on = chosen.start_on
        and chosen.place = 1
