-- vault_process__work_orders: one row per work order, personal columns included. Never published.
{{ accepted_rows('process', 'work_orders') }}
