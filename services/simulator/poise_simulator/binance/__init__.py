"""Binance's spot and USD-margined futures protocol over the simulated exchange."""
