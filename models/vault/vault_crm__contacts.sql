-- vault_crm__contacts: one row per contact person of a customer, personal columns included. Never published.
{{ accepted_rows('crm', 'contacts') }}
