-- vault_marketing__surveys: one row per answered survey, personal columns included. Never published.
{{ accepted_rows(source('marketing', 'surveys'), key=['survey_no']) }}
