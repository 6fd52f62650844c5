"""`poise rebalance`: what would bring the desk's weights to their targets, and doing it."""
