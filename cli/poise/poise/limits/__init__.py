"""Risk's limits: how much of each is used, which set is in force, and having the file read anew."""
