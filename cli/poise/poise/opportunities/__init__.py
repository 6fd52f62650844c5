"""`poise opportunities` and `poise term-structure`: what could be earned now, and what it would cost."""
