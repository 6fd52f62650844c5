"""What the desk is worth, what it holds, and how near it is to its limits."""
