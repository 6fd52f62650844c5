"""What was ordered, what came of it, and whether the accounts are as our books say."""
