"""Make risk's signing key and execution's verifying key: `python -m poise_risk.keys PRIVATE PUBLIC`."""

import argparse
import sys
from pathlib import Path

from poise_common.platform.refusals import StartRefused
from poise_risk.adapters.keys import write_key_pair


def ensure_keys(private_file: Path, public_file: Path) -> bool:
    """Write the key pair unless it is there; say whether one was made. Raises SigningKeyRefused for a bad key."""
    return write_key_pair(private_file, public_file)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m poise_risk.keys", description=__doc__)
    parser.add_argument("private", type=Path, help="the signing key's file, for risk alone (mode 0600)")
    parser.add_argument("public", type=Path, help="the verifying key's file, for execution (mode 0644)")
    arguments = parser.parse_args()
    try:
        made = ensure_keys(arguments.private, arguments.public)
    except StartRefused as refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.exit(2)
    sys.stdout.write(f"{arguments.private} {'made' if made else 'kept'}, {arguments.public} belongs to it\n")


if __name__ == "__main__":
    main()
