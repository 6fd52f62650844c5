"""What must not be possible in the running stack: each is tried, from within, with the container's own secrets."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import pytest
from tests.access import postgres_denials, redis_denials
from tests.compose import outside
from tests.compose.neighbours import ON_THE_HOST, REACHING_OUT, Way, gateway_of, reached_from, ways
from tests.compose.stack import Stack
from tests.compose.users import postgres_answers, redis_answers

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1500)]


def test_no_user_of_redis_may_do_what_is_not_its_own(stack: Stack) -> None:
    asked: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for denied in redis_denials.denials():
        asked[denied.user].append(denied.command)
    let_through = _let_through(asked, lambda user: redis_answers(stack, user, asked[user]), "NOPERM")
    print(f"\n{sum(map(len, asked.values()))} commands of {len(asked)} users of Redis, {len(let_through)} let through")
    assert let_through == []


def test_no_login_of_postgres_may_do_what_is_not_its_own(stack: Stack) -> None:
    asked: defaultdict[str, list[str]] = defaultdict(list)
    for denied in postgres_denials.denials():
        asked[denied.login].append(denied.statement)
    denial = postgres_denials.INSUFFICIENT_PRIVILEGE
    let_through = _let_through(
        asked, lambda login: postgres_answers(stack, login, postgres_denials.FIRST, asked[login]), denial
    )
    print(f"\n{sum(map(len, asked.values()))} statements of {len(asked)} logins, {len(let_through)} let through")
    assert let_through == []


def _let_through(asked: Mapping[str, Sequence[object]], answers: Callable[[str], list[str]], denial: str) -> list[str]:
    return [
        f"{user}: {one}: {answer}"
        for user, all_of_it in asked.items()
        for one, answer in zip(all_of_it, answers(user), strict=True)
        if answer != denial
    ]


def test_a_container_reaches_those_it_shares_a_network_with_and_nobody_else(stack: Stack) -> None:
    containers = stack.wait_until_healthy()
    by_source: defaultdict[str, list[Way]] = defaultdict(list)
    for way in ways(containers):
        by_source[way.source].append(way)
    forbidden, cut, denied = [], [], 0
    for container in containers:
        tried = by_source[container.service]
        reached = reached_from(container, [(way.address, way.port) for way in tried])
        forbidden += [str(way) for way in tried if not way.is_meant and way.at in reached]
        cut += [str(way) for way in tried if way.is_meant and way.at not in reached]
        denied += sum(not way.is_meant and way.at not in reached for way in tried)
    print(f"\n{denied} ways between containers denied, {len(forbidden)} open")
    assert forbidden == []
    assert cut == [], "what is meant to be reached is: the check can tell"
    assert denied >= 60


def test_only_those_with_business_there_reach_the_host(stack: Stack) -> None:
    with outside.listening(gateway_of(stack, "outside")) as host:
        reach = {each.service for each in stack.containers() if host in reached_from(each, [host])}
    print(f"\n{len(set(stack.servers) - reach)} containers cannot reach the host")
    assert reach == (REACHING_OUT | ON_THE_HOST) & set(stack.servers)


def test_only_those_with_business_there_reach_beyond_the_host(stack: Stack) -> None:
    if (lack := outside.lack()) is not None:
        pytest.skip(lack)
    with outside.machine_beyond() as world:
        reach = {each.service for each in stack.containers() if world in reached_from(each, [world])}
    print(f"\n{len(set(stack.servers) - reach)} containers cannot reach beyond the host")
    assert reach == REACHING_OUT
