-- vault_documents__files: one row per document, personal columns included. Never published.
{{ accepted_rows(source('documents', 'files'), key=['document_no']) }}
