"""Why a process ends through no fault of a message or of the code: its supervisor starts it anew, and all is well."""


class StartsAnew(Exception):
    """What the process stands on was lost: it ends with code 3, and starts again from its rows."""
