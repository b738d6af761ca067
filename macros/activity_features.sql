{#
  Counts of events over months that are features of account_month, and events whose last month is one. Each line is a name,
  the events of int_activity__event that it counts (one that ends with _ stands for all that begin so), and windows in months.
#}
{% macro activity_features() %}
    {{ return({
        "counts": [
            ('orders', ['order', 'complaint'], [1, 3, 12]),
            ('complaints', ['complaint'], [3, 12]),
            ('rated_orders', ['rating'], [12]),
            ('surveys', ['survey'], [12]),
            ('applications', ['application_'], [3, 12]),
            ('increase_applications', ['application_increase'], [12]),
            ('decrease_applications', ['application_decrease'], [12]),
            ('suspend_applications', ['application_suspend'], [12]),
            ('transfer_applications', ['application_transfer'], [12]),
            ('pv_applications', ['application_pv'], [12]),
            ('inspections', ['inspection', 'finding'], [12]),
            ('findings', ['finding'], [12]),
            ('outages', ['outage', 'planned_outage'], [1, 3, 12]),
            ('planned_outages', ['planned_outage'], [12]),
            ('meter_events', ['meter_'], [1, 3, 12]),
            ('tamper_events', ['meter_tamper'], [3, 12]),
            ('touches', ['touch_'], [1, 3, 12]),
            ('sms_touches', ['touch_sms'], [12]),
            ('phone_touches', ['touch_phone'], [12]),
            ('wechat_touches', ['touch_wechat'], [12]),
            ('app_touches', ['touch_app'], [12]),
            ('visit_touches', ['touch_visit'], [12]),
            ('accepted_offers', ['response_accepted'], [12]),
            ('interested_answers', ['response_interested'], [12]),
            ('declined_offers', ['response_declined'], [12]),
            ('opt_outs', ['response_opted_out'], [12]),
            ('enrolments', ['enrolment'], [12]),
            ('app_events', ['app_'], [1, 3, 12]),
            ('app_logins', ['app_login'], [3]),
            ('app_bill_views', ['app_bill_view'], [3]),
            ('app_outage_queries', ['app_outage_query'], [3]),
            ('app_tariff_views', ['app_tariff_view'], [3, 12]),
            ('app_payments', ['app_payment'], [3]),
            ('collection_actions', ['collection_'], [3, 12]),
            ('disconnections', ['collection_disconnection'], [12])
        ],
        "lasts": [
            ('order', ['order', 'complaint']), ('complaint', ['complaint']), ('application', ['application_']), ('outage', ['outage']),
            ('touch', ['touch_']), ('app_event', ['app_']), ('collection', ['collection_']), ('inspection', ['inspection', 'finding'])
        ]
    }) }}
{% endmacro %}
