"""Which phase the desk is in: looking at it, taking it on, taking it back."""
