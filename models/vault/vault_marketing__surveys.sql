-- vault_marketing__surveys: one row per answered survey, personal columns included. Never published.
{{ accepted_rows('marketing', 'surveys') }}
