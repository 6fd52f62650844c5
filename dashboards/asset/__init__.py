"""One asset: what is held of it, what it may still lose, and what its markets say."""
