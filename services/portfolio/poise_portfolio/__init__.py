"""The book of record: ledger, deltas, equity, correlations."""
