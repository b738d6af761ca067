{# The accounts that a tag can apply to, as a condition on a row of int_tags__input; scored ones on one of scored_accounts. #}
{% macro tag_scope(scope) -%}
    {%- set scopes = {
        "any": "true",
        "open": "not is_closed",
        "home": "not is_closed and category = 'residential'",
        "business": "not is_closed and category <> 'residential'",
        "scored": "segment_id is not null"
    } -%}
    {%- if scope not in scopes %}{{ exceptions.raise_compiler_error("no scope of tags is called " ~ scope) }}{% endif -%}
    {{ return(scopes[scope]) }}
{%- endmacro %}
