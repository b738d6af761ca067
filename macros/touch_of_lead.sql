{# Number of the touch that carries a lead out: leads and what came of them meet by it (orchestration/lead_export.py writes it). #}
{% macro touch_of_lead(lead_id) -%}
    'L' || {{ lead_id }}
{%- endmacro %}
