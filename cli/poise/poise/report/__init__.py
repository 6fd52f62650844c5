"""What the desk made in a period, and by what: the book of record as tables and as one page."""
