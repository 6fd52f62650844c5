"""The exits risk watches, one small rule each, and the table of them."""
