"""What was heard of signals, and when: a list that is old says so."""

from pydantic import AwareDatetime, computed_field

from poise.operating.status import silence
from poise_common.domain.value import Value


class Heard(Value):
    """When it was read, and the last time that signals had said anything."""

    read_at: AwareDatetime
    last_heard_at: AwareDatetime | None

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way to put a property into the JSON
    @property
    def attention(self) -> tuple[str, ...]:
        """What keeps the figures from being the newest."""
        silent = silence("signals", self.last_heard_at, self.read_at)
        return () if silent is None else (silent,)
