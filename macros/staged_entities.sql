{#
  All [source, entity] of the landing contract. dbt must know its dependencies while it parses, before it knows the
  contract, hence a list; tests/models/test_conventions.py holds it against the contract.
#}
{% macro staged_entities() %}
    {{ return([
        ["ami", "meters"],
        ["ami", "daily_reads"],
        ["ami", "load_curves"],
        ["ami", "meter_events"],
        ["billing", "bills"],
        ["billing", "payments"],
        ["billing", "collection_actions"],
        ["billing", "balances"],
        ["crm", "accounts"],
        ["crm", "customers"],
        ["crm", "contacts"],
        ["crm", "consents"],
        ["crm", "contracts"],
        ["documents", "files"],
        ["external", "weather_days"],
        ["external", "holidays"],
        ["grid", "substations"],
        ["grid", "feeders"],
        ["grid", "transformers"],
        ["grid", "transformer_days"],
        ["grid", "outages"],
        ["marketing", "campaigns"],
        ["marketing", "touches"],
        ["marketing", "responses"],
        ["marketing", "enrolments"],
        ["marketing", "app_events"],
        ["marketing", "surveys"],
        ["org", "org_units"],
        ["org", "staff"],
        ["org", "staff_skills"],
        ["org", "role_skills"],
        ["org", "products"],
        ["org", "tariffs"],
        ["org", "tariff_windows"],
        ["org", "tariff_prices"],
        ["org", "channels"],
        ["process", "work_orders"],
        ["process", "applications"],
        ["process", "application_stages"],
        ["process", "inspections"],
        ["reports", "branch_months"]
    ]) }}
{% endmacro %}
