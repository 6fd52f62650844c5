"""Give Redis commands as the user of the address in the secrets; JSON in, the answers out: `NOPERM` or what else."""

import json
import sys
from pathlib import Path

from redis import Redis
from redis.exceptions import NoPermissionError, RedisError


def main(url: str, commands: list[list[str]]) -> None:
    answers = []
    with Redis.from_url(url) as redis:
        for command in commands:
            try:
                answers.append(f"allowed: {redis.execute_command(*command)!r}")
            except NoPermissionError:
                answers.append("NOPERM")
            except RedisError as error:
                answers.append(f"{type(error).__name__}: {error}")
    sys.stdout.write(json.dumps(answers))


if __name__ == "__main__":
    main(Path("/run/secrets/redis-url").read_text().strip(), json.loads(sys.argv[1]))
