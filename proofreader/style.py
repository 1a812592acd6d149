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


def keep_style(edits: Sequence[Edit], text: str, start: int, end: int) -> list[Edit]:
    """The edits of the sentence text[start:end]; what only changes its style is blocked.

    A list item may start small and end without a full stop, a greeting has the marks its writer
    gave it, and a line that ends with a comma ("Thanks for your help,") keeps it.
    """
    line = text[:start].splitlines(keepends=True)[-1:]
    listed = bool(line and LIST_MARK.fullmatch(line[0]))
    greeting = bool(GREETING.fullmatch(text[start:end]))
    closing = text[:end].endswith(",") and text[end : end + 1] in ("\n", "\r")
    if not listed and not greeting and not closing:
        return list(edits)

    def style(edit: Edit) -> bool:
        if greeting:
            return edit.kind == "punctuation"
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
