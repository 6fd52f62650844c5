"""What tests and checkers speak to, outside the venue's protocol."""
