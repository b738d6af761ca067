{#
  What `wattlead run` decides of a run: from the environment, and only once a model runs. dbt reads the whole project again whenever
  `--vars` differ from the run before, so a new date passed that way would cost that each day.
  Without that variable, as by hand and in unit tests, --vars count.
#}
{% macro run_variable(name) -%}
    {{ return(env_var('WATTLEAD_' ~ name | upper, var(name)) if execute else var(name)) }}
{%- endmacro %}
