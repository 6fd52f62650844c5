"""Documents that repeat what the code says must agree with it."""

import re
from pathlib import Path

from poise_common.contracts.streams import STREAMS

ROOT = Path(__file__).resolve().parents[2]


def _rows(document: str, columns: int) -> list[list[str]]:
    lines = (ROOT / document).read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    return [row for row in rows if len(row) == columns]


def test_the_stream_table_is_the_topology() -> None:
    written = _rows("ARCHITECTURE.md", columns=4)
    actual = [
        [
            f"`{stream.name}`",
            stream.kind.value,
            ", ".join(sorted(stream.producers)),
            ", ".join(sorted(stream.consumers)),
        ]
        for stream in STREAMS
    ]
    assert written == actual


def test_every_folder_that_the_architecture_names_is_there() -> None:
    for cell, _ in _rows("ARCHITECTURE.md", columns=2):
        pattern = re.sub(r"<name>", "*", cell.strip("`")).rstrip("/")
        assert list(ROOT.glob(pattern)), f"{cell} names nothing"


def test_every_link_of_the_documents_leads_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("services/*/README.md")]
    for document in documents:
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_every_make_verb_that_the_readme_names_exists() -> None:
    verbs = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", (ROOT / "README.md").read_text(), re.MULTILINE)) <= verbs
