"""Try to connect to addresses, all at once: `HOST PORT` as arguments come in, lines `HOST PORT yes|no` go out.

Runs in a container of no rights within another's network, with Python alone.
"""

import asyncio
import sys

ANSWERS_WITHIN_S = 2
NOBODY_LISTENS = 1
"""Who answers at this port, too, is not whom we mean: on the way out, some networks have one who takes every call."""


async def reaches(host: str, port: int) -> bool:
    meant, anybody = await asyncio.gather(connects(host, port), connects(host, NOBODY_LISTENS))
    return meant and not anybody


async def connects(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def main() -> None:
    targets = [(host, int(port)) for host, port in (line.split() for line in sys.argv[1:])]
    answers = await asyncio.gather(*(reaches(host, port) for host, port in targets))
    for (host, port), answer in zip(targets, answers, strict=True):
        sys.stdout.write(f"{host} {port} {'yes' if answer else 'no'}\n")


if __name__ == "__main__":
    asyncio.run(main())
