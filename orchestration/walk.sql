-- ## 1. A file lands
-- The source system wrote a file for each day. These are the rows of meter {meter}, which account {account} is read by, for {day}: the
-- same day may land more than once, in one file or in a later one, and what is wrong lands like anything else.
select {landed_columns}, regexp_extract(filename, 'load_date=.*') as file
from {reader}([{files}], filename = true, union_by_name = true)
where meter_no = '{meter}' and cast(read_date as varchar) like '{day}%'
order by file, collected_at;

-- ## 2. Intake: typed, checked, numbered
-- [Intake](decisions/0003-intake.md) makes one typed Parquet file of each landed file and leaves out no row: `source_file` and `source_line`
-- say where it came from, `breach_…` which rule of the landing contract (`models/staging/ami/_ami__sources.yml`) it breaks, if any.
select meter_no, read_date, kwh_total, read_status, collected_at, load_date, source_line, breach_columns, breach_reasons
from read_parquet('state/raw/ami/daily_reads/*/*.parquet', hive_partitioning = true)
where meter_no = '{meter}' and read_date = date '{day}'
order by load_date, source_line;

-- ## 3. Staging: one accepted row a key
-- `models/staging/ami/stg_ami__daily_reads.sql` keeps the newest good row of each meter and day, under names with units.
select meter_no, read_date, usage_kwh, read_status, load_date, source_line
from staging.stg_ami__daily_reads
where meter_no = '{meter}' and read_date = date '{day}';

-- ## 4. What was left out stays findable
-- A repeat, or a row that a correction replaced, is in `governance.superseded_row` with the row that took its place; a row that broke a hard
-- rule is in `governance.quarantine` with column, value and reason. `governance.load_balance` counts: landed = accepted + duplicate + quarantined.
select 'superseded' as left_out, kind as why, load_date, source_line, replaced_by_file || ', line ' || cast(replaced_by_line as varchar) as instead
from governance.superseded_row
where source_file in ({sources}) and source_line in ({lines})
union all
select 'quarantined', breach_columns || ': ' || breach_values || ' – ' || breach_reasons, load_date, source_line, null
from governance.quarantine
where source_file in ({sources}) and source_line in ({lines})
order by load_date, source_line;

-- ## 5. Intermediate: what each month of knowledge brought
-- `int_usage__month_part` sums the days of a month of use by the month in which they became known ([decision 11](decisions/0011-day-by-day.md)):
-- what was known at a month's end is the sum of the rows up to it; a month that was told anew has a row that stands from then on (`until_month` ends the one before).
select usage_month, known_month, until_month, value_days, estimated_days, usage_kwh
from intermediate.int_usage__month_part
where account_no = '{account}' and usage_month = date_trunc('month', date '{day}')
order by known_month;

-- ## 6. Marts: the days
-- Every day of supply has a row, also one that nobody read; doubtful days are flagged, and only usable ones enter means and regressions.
select day, usage_kwh, has_read, is_missing, is_estimated, is_negative, is_spike, is_usable
from marts.fct_account_day
where account_no = '{account}' and day between date '{day}' - 2 and date '{day}' + 2
order by day;

-- ## 7. Marts: the month, its bill and whether the bill follows from the reads
-- `fct_bill_check` makes every bill again from reads and tariff and names the cause of a difference.
select months.month, months.days, months.usable_days, months.usage_kwh, bills.usage_kwh as billed_kwh, bills.amount_due_cny, bills.settled_on,
    bills.days_late, checks.computed_amount_cny, checks.cause
from marts.fct_account_month as months
left join marts.fct_bill as bills on months.account_no = bills.account_no and months.month = bills.billing_month
left join marts.fct_bill_check as checks on bills.bill_no = checks.bill_no
where months.account_no = '{account}'
    and months.month between date_trunc('month', date '{day}') - interval 1 month and date_trunc('month', date '{day}') + interval 1 month
order by months.month;

-- ## 8. Whose account it is
-- The account carries the number of a customer record; [resolution](decisions/0010-customer-resolution.md) finds which records are one customer
-- and keeps the evidence of every merge (`customer_link`): levels and weights, never the personal values themselves.
select records.customer_no, records.is_founder, accounts.account_no, accounts.category, accounts.closed_on, links.method, links.match_weight,
    links.phone_level, links.name_level
from marts.dim_customer_record as records
left join marts.dim_account as accounts on records.customer_no = accounts.customer_no
left join marts.customer_link as links on records.customer_no in (links.customer_no_a, links.customer_no_b) and not records.is_founder
where records.customer_id = '{customer}'
order by records.is_founder desc, records.customer_no, accounts.account_no, links.customer_no_a, links.customer_no_b;

-- ## 9. account_month: what was known at each month's end
-- Features of windows that end with the month; scoring reads the newest month, training may read all ([decision 5](decisions/0005-point-in-time.md)).
select month, quality_score, usage_kwh_12m, mean_daily_kwh_3m, winter_summer_ratio_12m, heating_share_12m, usage_change_yoy, late_bill_share_12m,
    complaints_12m
from customer_360.account_month
where account_no = '{account}'
order by month desc
limit 3;

-- ## 10. account_360: the account on one screen
-- Its newest complete month beside what it is on the run's date.
select account_no, category, status, contract_capacity_kva, tenure_months, feature_month, is_closed, usage_kwh_12m, usage_kwh_year_before,
    usage_change_12m, utilisation_hours_12m, billed_cny_12m, mean_price_cny_per_kwh_12m, arrears_cny, late_bill_share_12m, orders_12m,
    repeat_orders_365d, open_orders, outages_12m, outage_minutes_12m, open_applications, inspections, contacts_90d, active_product_codes,
    may_contact_by_sms, may_contact_by_phone, may_contact_by_wechat, may_contact_by_app, consent_status, quality_score
from customer_360.account_360
where account_no = '{account}';

-- ## 11. customer_360: all accounts of the customer
-- Sums of the accounts, never means of means; a refusal under one number is one under all.
select customer_id, customer_records, accounts, open_accounts, residential_accounts, commercial_accounts, industrial_accounts, main_account_no,
    main_account_share_12m, districts, usage_kwh_12m, accounts_compared, usage_change_12m, utilisation_hours_12m, billed_cny_12m,
    late_bill_share_12m, arrears_cny, accounts_in_arrears, orders_12m, complaints_12m, open_applications, requested_kva, contacts_90d,
    active_product_codes, may_contact_by_sms, may_contact_by_phone, consent_status, lowest_quality_score
from customer_360.customer_360
where customer_id = '{customer}';

-- ## 12. The segment
-- After a [gate](architecture.md) has judged `account_month`, `ml/segments.py` groups the accounts; number and name stay from month to month.
select segments.segment_id, segments.segment_name_en, segments.segment_name_zh, segments.unscored_reason, segments.distance_to_centre,
    profiles.accounts, profiles.share
from marketing.customer_segment as segments
left join (select distinct segment_id, accounts, share from marketing.segment_profile) as profiles on segments.segment_id = profiles.segment_id
where segments.account_no = '{account}';

-- ## 13. The leads
-- Rules of `seeds/lead_eligibility.csv` say who may be offered a product, those of `seeds/lead_evidence.csv` what speaks for it; consent comes
-- from `account_360` and decides whether anybody may be contacted.
select product_code, product_label_zh, rank, score, reason_1_en, reason_1_zh, reason_2_en, consent_status, is_contactable
from marketing.lead_candidate
where account_no = '{account}'
order by rank, product_code;

-- ## 14. Published
-- A last gate, an audit, one rename: readers see the whole new state or the whole old one ([decision 6](decisions/0006-publish.md)).
select count(*) as leads_published
from read_parquet('published/parquet/marketing/lead_candidate.parquet')
where account_no = '{account}';
