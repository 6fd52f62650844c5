"""What a lease's times must be to each other."""

import pytest
from pydantic import ValidationError

from poise_common.platform.settings import LeaseSettings


def test_a_lease_is_renewed_several_times_before_it_ends() -> None:
    assert LeaseSettings(renew_every_s=1, timeout_s=3).timeout_s == 3
    with pytest.raises(ValidationError, match="too short"):
        LeaseSettings(renew_every_s=1, timeout_s=2.9)
