"""Dated futures: their calendar, their premium over the index, their books, their delivery."""
