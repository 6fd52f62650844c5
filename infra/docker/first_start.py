"""Make the secrets of a new installation, each in a volume of its own; what is there already stays."""

import secrets
from pathlib import Path

from poise_common.platform.key_files import ensure_key_pair

DATABASE = Path("/secrets/database")
VERIFY = Path("/secrets/verify")


def main() -> None:
    ensure_key_pair(Path("/secrets/signing/risk-signing.pem"), VERIFY / "risk-verify.pem")
    ensure_key_pair(Path("/secrets/operator/operator.pem"), VERIFY / "operator-verify.pem")
    password_file = DATABASE / "password"
    if not password_file.exists():
        password_file.write_text(secrets.token_urlsafe(24))
        password_file.chmod(0o444)  # the server's own user reads it; the volume is what keeps others out
    url_file = DATABASE / "url"
    if not url_file.exists():
        url_file.write_text(f"postgresql+asyncpg://poise:{password_file.read_text()}@postgres:5432/poise")
        url_file.chmod(0o400)


if __name__ == "__main__":
    main()
