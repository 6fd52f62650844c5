"""The market's crises that a demo puts the desk through, and the bounds that it must keep in each."""
