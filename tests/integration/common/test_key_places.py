"""The table of where commands have their keys, held to what the server itself says of each."""

from typing import Any

import pytest

from poise_common.platform.bus.key_places import PLACES, KeysNotKnown, with_key_prefix

TAG = b"{desk}"
EXAMPLES: tuple[tuple[Any, ...], ...] = (
    *((name, "k") for name in ("GET", "INCR", "TTL", "PTTL", "PERSIST", "TYPE", "HGETALL", "HKEYS", "HLEN", "LLEN")),
    *((name, "k") for name in ("SMEMBERS", "SCARD", "ZCARD", "XLEN")),
    *((name, "k", "x") for name in ("INCRBY", "EXPIRE", "PEXPIRE", "HGET", "HMGET", "HDEL", "SADD", "SREM")),
    *((name, "k", "x") for name in ("SISMEMBER", "ZREM", "ZSCORE", "LPUSH", "RPUSH", "XDEL", "HSCAN")),
    *((name, "k", "1", "2") for name in ("HSET", "HSETNX", "HINCRBY", "ZADD", "ZRANGE", "ZRANGEBYSCORE", "ZCOUNT")),
    *((name, "k", "1", "2") for name in ("ZREMRANGEBYSCORE", "LRANGE", "LTRIM", "XRANGE", "XREVRANGE")),
    ("SET", "k", "v", "NX", "PX", "5"),
    ("XADD", "k", "MAXLEN", "~", "9", "*", "field", "value"),
    ("XTRIM", b"k", "MINID", "~", "5-0"),
    ("XACK", "k", "group", "5-0"),
    ("XPENDING", "k", "group", "-", "+", "9"),
    ("XCLAIM", "k", "group", "reader", "0", "5-0", "JUSTID"),
    ("XAUTOCLAIM", "k", "group", "reader", "0", "0-0"),
    *((name, "k", b"l", "m") for name in ("DEL", "UNLINK", "EXISTS", "TOUCH", "MGET", "WATCH")),
    ("XGROUP CREATE", "k", "group", "0", "MKSTREAM"),
    ("XGROUP", "DESTROY", "k", "group"),
    ("XINFO GROUPS", "k"),
    ("XINFO STREAM", "k", "FULL"),
    ("OBJECT", "ENCODING", "k"),
    ("MEMORY", "USAGE", "k"),
    *((name, "return 1", "2", "k", "l", "argument") for name in ("EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL")),
    ("XREAD", "COUNT", "9", "BLOCK", "5", "STREAMS", "k", "l", "0-0", "5-0"),
    ("XREADGROUP", "GROUP", "g", "r", "COUNT", "9", b"STREAMS", "k", ">"),
)


@pytest.mark.parametrize("words", EXAMPLES, ids=lambda words: words[0])
async def test_every_key_gets_the_hash_tag_and_nothing_else(redis: Any, words: tuple[Any, ...]) -> None:
    plain = [*words[0].split(), *words[1:]]
    prefixed = with_key_prefix(TAG, words)
    keys: Any = await redis.execute_command("COMMAND GETKEYS", *plain)
    assert keys == ["k", "l", "m"][: len(keys)]
    assert await redis.execute_command("COMMAND GETKEYS", *prefixed) == [f"{TAG.decode()}{key}" for key in keys]
    assert [_bytes(word).removeprefix(TAG) for word in prefixed] == [_bytes(word) for word in plain]


async def test_all_other_commands_of_the_table_have_no_keys(redis: Any) -> None:
    others = sorted(PLACES.keys() - {words[0].split()[0] for words in EXAMPLES})
    about: Any = await redis.execute_command("COMMAND", "INFO", *others)
    for name in others:
        told = about[name.lower()]
        assert told["first_key_pos"] == 0, name
        assert not told["key_specifications"], name
        assert with_key_prefix(TAG, (name, "k", "1", "k")) == (name, "k", "1", "k")


def test_a_command_whose_keys_are_not_known_is_refused() -> None:
    with pytest.raises(KeysNotKnown, match="BLMOVE"):
        with_key_prefix(TAG, ("BLMOVE", "k", "l", "LEFT", "RIGHT", "0"))


def _bytes(word: Any) -> bytes:
    return word if isinstance(word, bytes) else str(word).encode()
