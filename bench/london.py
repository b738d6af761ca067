"""``python -m bench.london``: the known facts of the London data, from ``london/published``."""

import duckdb

FIGURES = {
    "read rows landed = accepted + duplicate + quarantined": """
        select sum(rows_landed), sum(rows_accepted), sum(rows_duplicate), sum(rows_quarantined)
        from governance.load_balance where entity = 'daily_reads'""",
    "account-days: all, with a read, read without a value, never read, usable": """
        select count(*), count(*) filter (has_read), count(*) filter (has_read and is_missing),
               count(*) filter (not has_read), count(*) filter (is_usable)
        from marts.fct_account_day""",
    "short days, negative days, spikes": """
        select count(*) filter (is_short_day), count(*) filter (is_negative),
               count(*) filter (is_spike) from marts.fct_account_day""",
    "correlation of mean daily use with mean temperature (days with 100 homes or more)": """
        select round(corr(kwh, t), 3), count(*) from (
            select d.day, avg(d.usage_kwh) as kwh, any_value(w.t_mean_c) as t
            from marts.fct_account_day d join marts.dim_weather_day w on w.day = d.day
            where d.is_usable group by d.day having count(*) >= 100)""",
    "mean daily use in kWh by Acorn group": """
        select a.source_group_code, round(avg(d.usage_kwh), 2), count(distinct a.account_no)
        from marts.fct_account_day d join marts.dim_account a using (account_no)
        where d.is_usable group by 1 order by 2""",
    "weather response in the newest month: accounts, median slope, share with t >= 5": """
        select count(heating_t), round(median(heating_kwh_per_hdd), 3),
               round(avg(cast(heating_t >= 5 as int)), 3)
        from customer_360.account_month
        where month = (select max(month) from customer_360.account_month)""",
    "run: wall seconds, peak MB": "select wall_seconds, peak_memory_mb from governance.run",
}


def main() -> None:
    with duckdb.connect("london/published/wattlead.duckdb", read_only=True) as connection:
        for title, sql in FIGURES.items():
            print(title)
            for row in connection.execute(sql).fetchall():
                print("   ", *row)


main()
