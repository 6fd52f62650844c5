"""What the users of the bus may not do is denied by a real server under the generated ACL file."""

from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError
from tests.access.redis_denials import Denied, denials
from tests.access.servers import GuardedRedis

from poise_common.platform.bus.access import USERS

SCRIPT_DENIED = "ACL failure in script"


@pytest.fixture(scope="module")
def clients(bus: GuardedRedis) -> Iterator[dict[str, Redis]]:
    made = {user: Redis.from_url(bus.url(user)) for user in USERS}
    yield made
    for client in made.values():
        client.close()


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(denials()) >= 60
    assert {denied.user for denied in denials()} == set(USERS)


@pytest.mark.parametrize("user", USERS)
def test_a_user_is_denied_what_is_not_its_business(clients: dict[str, Redis], user: str) -> None:
    wrong = [str(denied) for denied in denials() if denied.user == user and not is_denied(clients[user], denied)]
    assert not wrong, f"{len(wrong)} were let through"


def is_denied(client: Redis, denied: Denied) -> bool:
    """Whether the server refuses for want of permission, and for no other reason."""
    server: Any = client
    try:
        server.execute_command(*denied.command)
    except NoPermissionError:
        return True
    except ResponseError as error:
        return SCRIPT_DENIED in str(error) or "NOPERM" in str(error)
    return False


def test_nobody_comes_in_without_a_name_or_with_a_wrong_password(bus: GuardedRedis) -> None:
    for url in (f"redis://127.0.0.1:{bus.port}/0", f"redis://risk:wrong@127.0.0.1:{bus.port}/0"):
        with Redis.from_url(url) as client, pytest.raises(AuthenticationError):
            client.ping()
