-- vault_crm__customers: one row per customer record of the source (not yet resolved across records), personal columns included. Never published.
{{ accepted_rows('crm', 'customers') }}
