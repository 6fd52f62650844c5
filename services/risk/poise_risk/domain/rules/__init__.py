"""The limits as configured, checked as a whole, and those in force."""
