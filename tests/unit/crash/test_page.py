"""Figures in a page of the documentation."""

from pathlib import Path

import pytest
from tests.reliability.findings import Figure, zero
from tests.reliability.page import NoSuchBlock, write_figures

_PAGE = "before\n<!-- figures of a run -->\nold\n<!-- end of a run -->\nafter\n"


def test_the_figures_take_the_place_of_the_old_ones_and_nothing_else_changes(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(_PAGE)
    for _ in range(2):
        write_figures(page, "a run", "seed 7", [Figure("orders", 12), zero("lost", 0), zero("doubled", 1)])
    written = page.read_text()
    assert written.startswith("before\n<!-- figures of a run -->\nseed 7\n")
    assert written.endswith("\n<!-- end of a run -->\nafter\n")
    assert "| orders | 12 |  |\n| lost | 0 | 0 |\n| doubled | 1 | 0: **not so** |" in written
    assert "old" not in written


def test_a_page_without_the_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing to see")
    with pytest.raises(NoSuchBlock, match="a run"):
        write_figures(page, "a run", "seed 7", [])
    assert page.read_text() == "nothing to see"
