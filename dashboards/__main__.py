"""Write every dashboard to `infra/grafana/dashboards`, and take away what is no longer made."""

import sys
from pathlib import Path

from dashboards.pages import dashboards

_FOLDER = Path(__file__).parents[1] / "infra" / "grafana" / "dashboards"


def main() -> None:
    """Write the files."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    made = dashboards()
    for file in _FOLDER.glob("*.json"):
        if file.stem not in made:
            file.unlink()
    for name, text in made.items():
        (_FOLDER / f"{name}.json").write_text(text)
    sys.stdout.write(f"{len(made)} dashboards written to {_FOLDER}\n")


if __name__ == "__main__":
    main()
