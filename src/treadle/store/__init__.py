"""Tables, transactions, the journal and leases, on SQLite and PostgreSQL alike. Imports core only."""
