"""The tables of hindsight."""
