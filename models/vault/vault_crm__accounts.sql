-- vault_crm__accounts: one row per account (户号): what is metered and billed, personal columns included. Never published.
{{ accepted_rows('crm', 'accounts') }}
