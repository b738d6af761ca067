-- vault_org__staff: one row per staff member, personal columns included. Never published.
{{ accepted_rows('org', 'staff') }}
