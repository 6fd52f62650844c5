"""Tells people what the desk alerts."""
