"""The market as a whole, as CoinGecko's API tells of it."""
