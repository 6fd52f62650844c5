"""What holds for every test: how long an example takes says how busy the machine is, and nothing of the code."""

import signal

from hypothesis import settings

settings.register_profile("poise", deadline=None, max_examples=30)
# `make test-thorough`: what a property finds is found with more examples; the suite is to be run often.
settings.register_profile("thorough", deadline=None, max_examples=1_000)
settings.load_profile("poise")

# A shell that runs the tests in its background has them, and all that they start, ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
