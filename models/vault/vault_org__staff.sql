-- vault_org__staff: one row per staff member, personal columns included. Never published.
{{ accepted_rows(source('org', 'staff'), key=['staff_no']) }}
