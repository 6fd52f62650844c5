"""Market data from venues onto the bus."""
