-- vault_documents__files: one row per document, personal columns included. Never published.
{{ accepted_rows('documents', 'files') }}
