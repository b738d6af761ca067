{#
  Months in which a day counts twice: a sum of powers of two has as many bits as summands only if all are different. So an account's days
  are unique if their months pass, and nobody has to sort a year of reads.
#}
{% test counts_each_day_once(model, bits, days) %}
    select *
    from {{ model }}
    where bit_count({{ bits }}) <> {{ days }}
{% endtest %}
