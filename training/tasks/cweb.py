"""CWEB dev: website sentences that both annotators left as they were; any change is a false edit.

`python -m training.evaluation cweb`. Data: CC BY-NC-SA 4.0, so outputs are not published.
"""

from collections.abc import Callable
from pathlib import Path

from training.tasks import Line, Task, changed, read_lines

DOMAINS = {"g": "cweb_g_dev", "s": "cweb_s_dev"}  # general websites; sponsored ones
FILES = ("src.txt", "ref0.txt", "ref1.txt")


def annotated(data: Path, clean: Callable[[str], str] = str) -> list[Line]:
    """Every line of both domains with two annotators' corrections, each text through `clean`."""
    lines = []
    for code, folder in DOMAINS.items():
        columns = [map(clean, read_lines(data / "eval" / folder / name)) for name in FILES]
        for at, (text, *wanted) in enumerate(zip(*columns, strict=True)):
            if text.strip():
                lines.append(Line(f"{code}-{at}", text, tuple(wanted)))
    return lines


def load(data: Path) -> list[Line]:
    """The sentences that source and both references agree on."""
    lines = annotated(data)
    return [Line(one.id, one.text, (one.text,)) for one in lines if {one.text} == {*one.references}]


ABOUT = "share of right sentences that were changed, lower is better"
TASKS = {"cweb": Task("cweb", ABOUT, load, changed("false edits"), keeps_text=False)}
