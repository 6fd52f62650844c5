"""`poise doctor`: what the desk stands on, looked at from here, and what is to be done about it."""
