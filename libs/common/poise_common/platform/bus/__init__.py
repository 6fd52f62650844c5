"""Redis streams in three kinds: feeds (newest wins), states (last value first), work (never lost, effect once)."""
