"""Venue sessions over ccxt: symbols, contracts, shared rate limits."""
