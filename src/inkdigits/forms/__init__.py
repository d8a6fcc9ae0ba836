"""Forms: templates, registration, reading with rules, records."""
