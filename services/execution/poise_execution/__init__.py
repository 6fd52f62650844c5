"""Opens and closes approved packages at the venues."""
