"""What holds for every test: how long an example takes says how busy the machine is, and nothing of the code."""

from hypothesis import settings

settings.register_profile("poise", deadline=None)
settings.load_profile("poise")
