{# Products whose enrolment is a feature. dbt must know the columns while it parses, hence a list; a test holds it to the features. #}
{% macro enrolled_products() %}
    {{ return([
        "tou_tariff", "ev_charging", "rooftop_pv", "electric_heating", "efficiency_audit", "demand_response", "green_power",
        "om_service", "capacity_increase", "capacity_billing", "reactive_compensation", "autopay_app"
    ]) }}
{% endmacro %}
