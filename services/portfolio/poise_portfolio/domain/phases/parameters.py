"""What of phases can be tuned."""

from poise_common.domain.value import Value


class PhasesParameters(Value):
    """The whole section."""
