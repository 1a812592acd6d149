"""Marks that are a matter of style: list items may start small, greetings keep their punctuation.

keep_style(edits, text, start, end)      # the edits of one sentence, some of them blocked
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from proofreader.edits import Edit

LIST_MARK = re.compile(r"\s*(?:[-*+•–—·]|\(?[0-9a-zA-Z]{1,3}[.)])\s+")  # noqa: RUF001
GREETING = re.compile(
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day))\b(?: [\w.\u2019'-]+){0,5}\W?",
    re.I,
)

ITEM = re.compile(r"\d|[^\n.?!]{1,25}:\s")


def keep_style(edits: Sequence[Edit], text: str, start: int, end: int) -> list[Edit]:
    """The edits of the sentence text[start:end]; what only changes its style is blocked.

    A list item may start small and end without a full stop, a greeting has the marks its writer
    gave it, and a line that ends with a comma ("Thanks for your help,") keeps it. Neither of two
    lines without a full stop gets one, nor the last line of an email where it is a short one of its
    own ("Your network team").
    """
    line = text[:start].splitlines(keepends=True)[-1:]
    listed = bool(line and LIST_MARK.fullmatch(line[0]))
    bare = _stacked(text, start, end) or _signed(text, start, end)
    greeting = bool(GREETING.fullmatch(text[start:end]))
    closing = text[:end].endswith(",") and text[end : end + 1] in ("\n", "\r")
    if not listed and not greeting and not closing and not bare:
        return list(edits)

    def style(edit: Edit) -> bool:
        if greeting:
            return edit.kind == "punctuation"
        if bare and edit.end == end and (edit.before, edit.after) == ("", "."):
            return True
        if closing and edit.end == end and edit.before.endswith(","):
            return not edit.after.endswith(",") and edit.kind == "punctuation"
        if not listed:
            return False
        first = edit.start == start and edit.kind == "capitalisation"
        return first or (edit.end == end and (edit.before, edit.after) == ("", "."))

    return [
        replace(edit, verdict="blocked", blocked_by="list or greeting: its own style")
        if edit.verdict == "kept" and style(edit)
        else edit
        for edit in edits
    ]


def _stacked(text: str, start: int, end: int) -> bool:
    """Whether the sentence is a whole line, and so is the next or the last one, all without an end
    mark and both with a digit or a label first ("3 May: train to Hamburg")."""
    if _ends(text[start:end]) or not _whole_line(text, start, end):
        return False
    above, below = text[:start].split("\n")[-2:-1], text[end:].split("\n")[1:2]
    near = [line for line in (*above, *below) if line.strip() and not _ends(line)]
    return any(ITEM.match(line.strip()) and ITEM.match(text[start:end]) for line in near)


def _signed(text: str, start: int, end: int) -> bool:
    """Whether the sentence is a last line of at most four words, after an empty line."""
    alone = _whole_line(text, start, end) and not text[end:].strip()
    first = re.search(r"\n[ \t\r]*\n$", text[:start])
    return alone and bool(first) and len(text[start:end].split()) <= 4


def _whole_line(text: str, start: int, end: int) -> bool:
    return text[start - 1 : start] in ("", "\n") and text[end : end + 1] in ("", "\n", "\r")


def _ends(line: str) -> bool:
    return line.rstrip().endswith((".", "?", "!", ",", ";", ":"))
