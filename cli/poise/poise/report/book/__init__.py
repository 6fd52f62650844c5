"""What a report reads of the book of record, one module a part; nothing is reckoned here."""
