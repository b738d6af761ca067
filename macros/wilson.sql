{#
  Bounds of a share that holds in 95 of 100 samples (Wilson's score interval): also right for few cases, none or all.
  Null without cases.
#}
{% macro wilson_low(hits, cases) -%}
    round({{ wilson(hits, cases, '-') }}, 9)
{%- endmacro %}


{% macro wilson_high(hits, cases) -%}
    round({{ wilson(hits, cases, '+') }}, 9)
{%- endmacro %}


{% macro wilson(hits, cases, sign) -%}
    {%- set z2 = '3.8416' -%}
    case when {{ cases }} > 0 then
        (
            cast({{ hits }} as double) + {{ z2 }} / 2
            {{ sign }} 1.96 * sqrt(
                cast({{ hits }} as double) * ({{ cases }} - {{ hits }}) / {{ cases }} + {{ z2 }} / 4
            )
        ) / ({{ cases }} + {{ z2 }})
    end
{%- endmacro %}
