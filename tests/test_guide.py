"""docs/fine-tuning.md says what the tables of the studies say: each figure links to its row."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GUIDE = ROOT / "docs" / "fine-tuning.md"
TEXT = GUIDE.read_text(encoding="utf-8")
LINK = re.compile(r"(!?)\[([^\]]+)\]\(([^)#]+)(?:#([^)]+))?\)")
NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?)(\s(?:million|GB))?")
SCALE = {"": 1, "million": 1e6, "GB": 1e3}  # tables have single weights and megabytes
CLAIMS = [match.groups()[1:] for match in LINK.finditer(TEXT) if match[4]]


def numbers(text: str) -> list[tuple[float, int, int]]:
    """(value, its decimals, scale of its unit) of the numbers in a text."""
    found = []
    for digits, unit in NUMBER.findall(text):
        plain = digits.rstrip(",").replace(",", "")
        found.append((float(plain), len(plain.partition(".")[2]), SCALE[unit.strip()]))
    return found


@pytest.mark.parametrize(("said", "file", "row"), CLAIMS)
def test_a_figure_stands_in_the_row_that_it_links_to(said, file, row):
    report = (GUIDE.parent / file).read_text(encoding="utf-8")
    lines = [line for line in report.split("\n") if f'<a id="{row}">' in line]
    assert len(lines) == 1, f"{file} has {len(lines)} rows {row!r}"
    there = [value for value, *_ in numbers(lines[0].partition("</a>")[2])]
    for value, decimals, scale in numbers(said):
        assert any(round(one / scale, decimals) == value for one in there), (value, lines[0])


def test_no_figure_stands_without_its_row():
    plain = re.sub(r"```.*?```", "", LINK.sub("", TEXT), flags=re.DOTALL)
    assert not re.findall(r"(?<![\w-])\d+\.\d+|\d+ ?%", re.sub(r"`[^`]*`", "", plain))


def test_the_guide_is_short_and_shows_a_figure_of_each_study():
    assert len(TEXT.split()) < 1500
    shown = [Path(file) for picture, _, file, _ in LINK.findall(TEXT) if picture]
    assert {path.parent.name for path in shown} == {"ways", "detox", "expert", "synthetic"}
    assert all((GUIDE.parent / path).is_file() for path in shown)
    links = [file for _, _, file, _ in LINK.findall(TEXT) if "://" not in file]
    assert all((GUIDE.parent / file).exists() for file in links)
