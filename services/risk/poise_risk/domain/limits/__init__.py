"""The table of limits, one small check each."""
