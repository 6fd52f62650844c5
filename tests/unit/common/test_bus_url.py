"""A bus' URL: what it says, and what is refused in one clear line without its password."""

import pytest
from redis.asyncio.connection import Connection, SSLConnection

from poise_common.platform.bus.bus_url import Address, BusKind, BusUrlRefused, read_bus_url
from poise_common.platform.refusals import StartRefused


def test_a_plain_url_is_one_server() -> None:
    read = read_bus_url("redis://risk:secret@bus:6380/2")
    assert (read.kind, read.nodes, read.name) == (BusKind.SERVER, (), "")
    expected = {"host": "bus", "port": 6380, "db": 2, "username": "risk", "password": "secret"}
    assert read.options == {"connection_class": Connection, **expected}


def test_a_cluster_url_names_nodes_and_the_desk() -> None:
    read = read_bus_url("redis+cluster://risk:secret@one:7000,two,[::1]:7002/alpha?health_check_interval=5")
    assert read.kind is BusKind.CLUSTER
    assert read.nodes == (Address("one", 7000), Address("two", 6379), Address("::1", 7002))
    assert read.name == "alpha"
    credentials = {"username": "risk", "password": "secret"}
    assert read.options == {"connection_class": Connection, **credentials, "health_check_interval": 5}


def test_a_cluster_of_one_desk_needs_no_name_for_it() -> None:
    assert read_bus_url("redis+cluster://one").name == "poise"


def test_a_sentinel_url_names_sentinels_their_master_and_who_one_is_there_and_here() -> None:
    read = read_bus_url("redis+sentinel://risk:secret@one,two:26380/main?sentinel_username=s&sentinel_password=t&db=3")
    assert (read.kind, read.name) == (BusKind.SENTINEL, "main")
    assert read.nodes == (Address("one", 26379), Address("two", 26380))
    assert read.options == {"connection_class": Connection, "username": "risk", "password": "secret", "db": 3}
    assert read.sentinel_options == {"username": "s", "password": "t"}


@pytest.mark.parametrize("kind", ["", "+cluster", "+sentinel"])
def test_a_second_s_is_tls_to_every_server(kind: str) -> None:
    read = read_bus_url(f"rediss{kind}://one/main?ssl_ca_certs=/run/secrets/ca.pem" if kind else "rediss://one/0")
    assert read.options["connection_class"] is SSLConnection
    assert read.options.get("ssl_ca_certs") == ("/run/secrets/ca.pem" if kind else None)


@pytest.mark.parametrize("password", ["p%40ss", "p%2Fss"])
def test_a_password_may_hold_any_character_written_as_urls_do(password: str) -> None:
    for url in (f"redis://u:{password}@one", f"redis+cluster://u:{password}@one,two"):
        assert read_bus_url(url).options["password"] == {"p%40ss": "p@ss", "p%2Fss": "p/ss"}[password]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "does not begin with redis://"),
        ("bus:6379", "does not begin with redis://"),
        ("http://u:hidden@bus", "does not begin with redis://"),
        ("redis+ring://u:hidden@bus", "does not begin with redis://"),
        ("redis+server://u:hidden@bus", "does not begin with redis://"),
        ("redis://u:hidden@bus:port", "cannot be read"),
        ("redis+cluster://u:hidden@", "host:port, with commas between"),
        ("redis+cluster://u:hidden@one,,two", "host:port, with commas between"),
        ("redis+cluster://u:hidden@one:port", "host:port, with commas between"),
        ("redis+cluster://u:hidden@one/{desk}", "the desk's name"),
        ("redis+cluster://u:hidden@one?health_check_interval=often", "cannot be read"),
        ("redis+sentinel://u:hidden@one", "the name of the sentinels' master"),
        ("redis+sentinel://u:hidden@one/a/b", "the name of the sentinels' master"),
    ],
)
def test_what_names_no_bus_is_refused_with_what_would_pass_and_without_its_password(url: str, says: str) -> None:
    with pytest.raises(BusUrlRefused, match="would pass") as refused:
        read_bus_url(url)
    assert says in str(refused.value)
    assert "hidden" not in str(refused.value)
    assert "\n" not in str(refused.value)
    assert isinstance(refused.value, StartRefused)


def test_the_example_of_a_refusal_passes() -> None:
    for url in ("redis:bus", "redis+cluster://,", "redis+sentinel://one"):
        with pytest.raises(BusUrlRefused) as refused:
            read_bus_url(url)
        read_bus_url(refused.value.why.removesuffix(" would pass").rpartition("; ")[2])
