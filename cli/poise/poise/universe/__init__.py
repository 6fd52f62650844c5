"""`poise universe`: what may be traded now, and why the rest may not."""
