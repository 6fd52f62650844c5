"""`poise packages`: what is held, leg by leg, and with `--all` what was."""
