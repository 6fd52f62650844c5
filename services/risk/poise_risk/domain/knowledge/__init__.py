"""What risk knows: markets, portfolio, margin accounts, venues."""
