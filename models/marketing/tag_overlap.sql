-- tag_overlap: one row per pair of tags that accounts have together now: how far one goes with the other.
with accounts as (
    select count(*) as accounts from {{ ref('account_360') }}
),

-- What nearly everybody has goes with everything. Numbers, for millions of pairs.
numbered as (
    select
        coverage.tag_code,
        coverage.accounts_tagged,
        row_number() over (order by coverage.tag_code) as tag
    from {{ ref('tag_coverage') }} as coverage
    cross join accounts
    where
        coverage.accounts_tagged >= {{ threshold('tag_pair_min_accounts') }}
        and coverage.accounts_tagged <= accounts.accounts * {{ threshold('tag_pair_max_share') }}
),

have as (
    select
        tags.account_no,
        numbered.tag
    from {{ ref('customer_tag') }} as tags
    inner join numbered on tags.tag_code = numbered.tag_code
    where tags.valid_to is null
),

pairs as (
    select
        one.tag as tag_a,
        other.tag as tag_b,
        count(*) as accounts_both
    from have as one
    inner join have as other on one.account_no = other.account_no and one.tag < other.tag
    group by one.tag, other.tag
)

select
    a.tag_code as tag_code_a,
    b.tag_code as tag_code_b,
    cast(a.accounts_tagged as integer) as accounts_a,
    cast(b.accounts_tagged as integer) as accounts_b,
    cast(pairs.accounts_both as integer) as accounts_both,
    cast(a.accounts_tagged + b.accounts_tagged - pairs.accounts_both as integer) as accounts_either,
    {{ ratio('pairs.accounts_both', 'a.accounts_tagged + b.accounts_tagged - pairs.accounts_both') }} as jaccard,
    {{ ratio('pairs.accounts_both * accounts.accounts', 'cast(a.accounts_tagged as bigint) * b.accounts_tagged') }} as lift
from pairs
inner join numbered as a on pairs.tag_a = a.tag
inner join numbered as b on pairs.tag_b = b.tag
cross join accounts
where pairs.accounts_both >= {{ threshold('tag_pair_min_accounts') }}
