"""Crises of the market as a whole: what they are, and how they run."""
