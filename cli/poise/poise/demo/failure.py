"""Why a demo cannot go on."""


class DemoFailed(Exception):
    """The demo cannot go on; the text says why and what to do."""
