"""Figures that matter, each beside its floor in the same run: `make bench`."""
