"""Let Python know the names and versions of packages that run from their sources: `name_packages.py FOLDER INTO`."""

import sys
import tomllib
from pathlib import Path


def main(folder: Path, into: Path) -> None:
    for file in folder.rglob("pyproject.toml"):
        project = tomllib.loads(file.read_text())["project"]
        named = into / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        named.mkdir(parents=True)
        named.joinpath("METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
