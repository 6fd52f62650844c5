"""Where this installation's own files are: what is beside the code in a checkout, and in the operator's image."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CONFIGURATION = ROOT / "config"
MIGRATIONS = ROOT / "infra/postgres/migrations"
LOCKS = ROOT / "requirements"
COMPOSE_FILE = "docker-compose.yml"
