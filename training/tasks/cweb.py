"""CWEB dev: website sentences that both annotators left as they were; any change is a false edit.

`python -m training.evaluation cweb`. Data: CC BY-NC-SA 4.0, so outputs are not published.
"""

from pathlib import Path

from training.tasks import Line, Marks, Outcome, Task, read_lines

DOMAINS = {"g": "cweb_g_dev", "s": "cweb_s_dev"}  # general websites; sponsored ones


def load(data: Path) -> list[Line]:
    """The sentences that source and both references agree on."""
    lines = []
    for code, folder in DOMAINS.items():
        columns = [
            read_lines(data / "eval" / folder / name)
            for name in ("src.txt", "ref0.txt", "ref1.txt")
        ]
        for at, (text, first, second) in enumerate(zip(*columns, strict=True)):
            if text == first == second and text.strip():
                lines.append(Line(f"{code}-{at}", text, (text,)))
    return lines


def mark(line: Line, outcome: Outcome) -> Marks:
    """Whether the sentence was changed at all."""
    return {"false edits": (outcome.output != line.text, 1)}


TASKS = {
    "cweb": Task(
        "cweb",
        "share of right sentences that were changed, lower is better",
        load,
        mark,
        keeps_text=False,
    )
}
