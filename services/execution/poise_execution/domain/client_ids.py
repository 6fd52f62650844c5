"""Client order ids that an approval can have, and no others: the same order always has the same id."""

from uuid import UUID

from poise_common.contracts.execution import OrderPurpose
from poise_common.contracts.packages import LegRole

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ATTEMPT_WIDTH = 2
_UUID_WIDTH = 25
_ROLES = {LegRole.LONG: "l", LegRole.SHORT: "s"}
_PURPOSES = {OrderPurpose.LEG: "a", OrderPurpose.UNWIND: "u"}


def client_order_id(approval_id: UUID, role: LegRole, purpose: OrderPurpose, attempt: int) -> str:
    """Return the id of one order of an approval: 29 characters of `[a-z][a-z0-9]{1,31}`, which all venues take.

    Role, purpose, attempt and the whole approval id in base 36: ids of different orders differ, and an id found at a
    venue tells its approval.
    """
    return _ROLES[role] + _PURPOSES[purpose] + _base36(attempt, _ATTEMPT_WIDTH) + _base36(approval_id.int, _UUID_WIDTH)


def approval_of(client_id: str) -> UUID:
    """Read the approval's id back from a client order id of ours; raises ValueError for a foreign one."""
    if len(client_id) != 2 + _ATTEMPT_WIDTH + _UUID_WIDTH or client_id[0] not in "ls" or client_id[1] not in "au":
        raise ValueError(f"{client_id!r} is not a client order id of an approval")
    return UUID(int=int(client_id[-_UUID_WIDTH:], 36))


def _base36(number: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    if number:
        raise ValueError(f"a number does not fit {width} digits of base 36")
    return digits
