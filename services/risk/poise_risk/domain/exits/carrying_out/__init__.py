"""Closings that are due, priced, tried, and tried again."""
