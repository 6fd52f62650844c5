"""Watch a tier's books on the bus until standard input ends; as JSON, of each: longest gap, silence at the end."""

import json
import sys
import threading
from pathlib import Path

from redis import Redis


def main(stream: str) -> None:
    last_ms: dict[str, int] = {}
    longest_ms: dict[str, int] = {}
    done = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        done.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    with Redis.from_url(Path("/run/secrets/redis-url").read_text().strip()) as redis:
        position = "$"
        sys.stdout.write("watching\n")
        sys.stdout.flush()
        while not done.is_set():
            for _, entries in redis.xread({stream: position}, count=500, block=500) or ():
                for entry_id, fields in entries:
                    position = entry_id.decode()
                    key, at_ms = fields[b"key"].decode(), int(position.partition("-")[0])
                    longest_ms[key] = max(longest_ms.get(key, 0), at_ms - last_ms.get(key, at_ms))
                    last_ms[key] = at_ms
        seconds, microseconds = redis.time()
    now_ms = seconds * 1000 + microseconds // 1000
    seen_s = {key: (gap_ms / 1000, (now_ms - last_ms[key]) / 1000) for key, gap_ms in longest_ms.items()}
    sys.stdout.write(json.dumps(seen_s))


if __name__ == "__main__":
    main(sys.argv[1])
