"""`poise up` and `poise down`: the desk as containers, by Docker Compose."""
