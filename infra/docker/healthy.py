"""Say by exit code whether an HTTP address answers 200: the containers' health check."""

import sys
from urllib.error import URLError
from urllib.request import urlopen


def main(url: str) -> int:
    try:
        with urlopen(url, timeout=3) as answer:  # noqa: S310 - the address is the compose file's own
            return 0 if answer.status == 200 else 1
    except (URLError, OSError):
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
