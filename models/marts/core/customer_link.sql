-- customer_link: one row per pair of records merged into one customer: by which evidence, of what weight.
select
    links.customer_no_a,
    links.customer_no_b,
    records.customer_id,
    links.method,
    cast(links.weight as double) as match_weight,
    cast(links.probability as double) as match_probability,
    coalesce(links.id_no_level, 'missing') as id_no_level,
    coalesce(links.credit_code_level, 'missing') as credit_code_level,
    coalesce(links.phone_level, 'missing') as phone_level,
    coalesce(links.name_level, 'missing') as name_level,
    coalesce(links.address_level, 'missing') as address_level,
    cast(links.id_no_weight as double) as id_no_weight,
    cast(links.credit_code_weight as double) as credit_code_weight,
    cast(links.phone_weight as double) as phone_weight,
    cast(links.name_weight as double) as name_weight,
    cast(links.address_weight as double) as address_weight
from {{ ref('int_core__customer_link') }} as links
inner join {{ ref('int_core__customer_record') }} as records on links.customer_no_a = records.customer_no
