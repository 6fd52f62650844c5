"""Where a command has its keys, so that a desk's hash tag can be put before each of them."""

from collections.abc import Callable, Sequence
from typing import Any

Place = Callable[[Sequence[Any]], range]
"""From a command's words to the positions of its keys."""


class KeysNotKnown(TypeError):
    """A command that is not in the table: sent as it is, it might go to keys of another desk."""

    def __init__(self, command: str) -> None:
        super().__init__(f"where {command} has its keys is not known: it belongs into the table")


def with_key_prefix(prefix: bytes, words: Sequence[Any]) -> tuple[Any, ...]:
    """Return a command with the prefix before each of its keys; raises KeysNotKnown."""
    first = _text(words[0]).upper().split()
    place = PLACES.get(first[0])
    if place is None:
        raise KeysNotKnown(first[0])
    command: list[Any] = [*first, *words[1:]]
    for position in place(command):
        command[position] = prefix + _bytes(command[position])
    return tuple(command)


def _nowhere(_words: Sequence[Any]) -> range:
    return range(0)


def _first(_words: Sequence[Any]) -> range:
    return range(1, 2)


def _all(words: Sequence[Any]) -> range:
    return range(1, len(words))


def _behind_subcommand(words: Sequence[Any]) -> range:
    return range(2, min(3, len(words)))


def _counted(words: Sequence[Any]) -> range:
    return range(3, 3 + int(words[2]))


def _behind_streams(words: Sequence[Any]) -> range:
    begin = 1 + next(n for n, word in enumerate(words) if _text(word).upper() == "STREAMS")
    return range(begin, begin + (len(words) - begin) // 2)


PLACES: dict[str, Place] = {
    **dict.fromkeys(
        (
            *("ACL", "AUTH", "CLIENT", "CLUSTER", "COMMAND", "CONFIG", "DBSIZE", "DISCARD", "ECHO", "EXEC", "HELLO"),
            *("INFO", "LATENCY", "MULTI", "PING", "ROLE", "SCRIPT", "SELECT", "TIME", "UNWATCH", "WAIT"),
        ),
        _nowhere,
    ),
    **dict.fromkeys(
        (
            *("GET", "SET", "INCR", "INCRBY", "TTL", "PTTL", "EXPIRE", "PEXPIRE", "PERSIST", "TYPE"),
            *("HGET", "HMGET", "HSET", "HSETNX", "HDEL", "HGETALL", "HKEYS", "HLEN", "HINCRBY", "HSCAN"),
            *("SADD", "SREM", "SMEMBERS", "SCARD", "SISMEMBER"),
            *("ZADD", "ZREM", "ZRANGE", "ZRANGEBYSCORE", "ZREMRANGEBYSCORE", "ZSCORE", "ZCARD", "ZCOUNT"),
            *("LPUSH", "RPUSH", "LRANGE", "LLEN", "LTRIM"),
            *("XADD", "XLEN", "XRANGE", "XREVRANGE", "XTRIM", "XDEL", "XACK", "XPENDING", "XCLAIM", "XAUTOCLAIM"),
        ),
        _first,
    ),
    **dict.fromkeys(("DEL", "UNLINK", "EXISTS", "TOUCH", "MGET", "WATCH"), _all),
    **dict.fromkeys(("XGROUP", "XINFO", "OBJECT", "MEMORY"), _behind_subcommand),
    **dict.fromkeys(("EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL"), _counted),
    **dict.fromkeys(("XREAD", "XREADGROUP"), _behind_streams),
}


def _text(word: Any) -> str:
    return word.decode() if isinstance(word, bytes) else str(word)


def _bytes(word: Any) -> bytes:
    return word.encode() if isinstance(word, str) else bytes(word)
