"""Set aside what is not the writer's own prose: headers, quotes, signatures, code, tables, links.

    email = Email.split("Hi Bob,\\nI has a question.\\n\\n> See you\\n\\n-- \\nAnna\\n")
    [part.kind for part in email.parts]     # ["body", "quoted", "signature"]
    str(email)                              # the text again, byte for byte

Only `body` is ever edited. Headers are the lines at the top or of a forwarded message; a sign-off
("Best regards,") belongs to the signature; a reply between quoted lines is body; text under "On
... wrote:" without `>` and under "Original Message" is quoted to the end. Blank lines belong to
the part before them. What one line looks like is in
mail_lines.py, signatures are in signature.py. Time is linear.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Literal

from proofreader import mail_lines as look
from proofreader import signature

Kind = Literal["body", "quoted", "signature", "header", "code", "table", "link"]

_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_GAP = re.compile(r"[^\s.!?:;,] {3,}\S|[^\s.!?:;,][ ]*\t+[ ]*\S")
_NARROW_GAP = re.compile(r"[^\s.!?:] {2,}\S")
_CSV_COMMA = re.compile(r",(?=\S)")
_CODE_CHARACTERS = re.compile(r"[;{}=<>\\|()\[\]]|^[ \t]{2,}\S|^[ \t]*[#/*]")
_INDENTED = re.compile(r"^(?: {4,}|\t)[ \t]*\S")


@dataclass(frozen=True)
class Part:
    """text starts at character `start` of the email; parts follow each other without a gap."""

    kind: Kind
    text: str
    start: int


@dataclass(frozen=True)
class Email:
    """An email in parts, in order."""

    parts: tuple[Part, ...]

    @classmethod
    def split(cls, text: str) -> "Email":
        """The parts of any str; none of an empty one. `str(Email.split(text)) == text`."""
        lines = _LINES.findall(text)
        kinds = _Page([look.shortened(line) for line in lines]).kinds()
        parts, start = [], 0
        for kind, group in groupby(zip(kinds, lines, strict=True), key=lambda pair: pair[0]):
            piece = "".join(line for _, line in group)
            parts.append(Part(kind, piece, start))
            start += len(piece)
        return cls(tuple(parts))

    def __str__(self) -> str:
        return "".join(part.text for part in self.parts)

    def why_nothing(self) -> str:
        """Why there is nothing of the writer's own here to proofread, and what to do."""
        kinds = {part.kind for part in self.parts if part.text.strip()}
        for kind, what in (
            ("quoted", "quoted text of somebody else"),
            ("signature", "a signature"),
            ("code", "code"),
            ("table", "a table"),
            ("header", "header lines"),
        ):
            if kind in kinds:
                return (
                    f"There is only {what} here, which is never changed. Paste your own text too."
                )
        return "There are no sentences here to proofread. Paste an email."


class _Page:
    """The lines of one email (right-stripped, "" when blank) and the kinds found so far."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.found: list[Kind | None] = [None] * len(lines)
        self.written = [i for i, line in enumerate(lines) if line]  # indices of non-blank lines
        self.following = [len(lines)] * (len(lines) + 1)  # index of the next non-blank line
        for i in range(len(lines) - 1, -1, -1):
            self.following[i] = i if lines[i] else self.following[i + 1]
        self.thread_starts = {len(lines)}  # where the writer's own text has ended

    def kinds(self) -> list[Kind]:
        self._top_headers()
        self._fences_and_armour()
        self._diffs()
        self._threads()
        self._signatures()
        self._rows("/.", look.LINK_LINE.match, "link", 1)
        self._code()
        self._rows("|", lambda line: "|" in line.strip(" |"), "table", 2)
        self._rows("\t ", _GAP.search, "table", 2)
        self._rows(" ", lambda line: len(_NARROW_GAP.findall(line)) >= 2, "table", 2)
        self._rows(",", lambda line: len(_CSV_COMMA.findall(line)) >= 2, "table", 2)
        return self._fill_blanks()

    def mark(self, kind: Kind, start: int, end: int) -> None:
        for i in range(start, end):
            self.found[i] = self.found[i] or kind

    def _top_headers(self) -> None:
        i = start = self.following[0]
        while i < len(self.lines) and self.lines[i]:
            line = self.lines[i]
            known = look.STRICT_HEADER.match(line)
            if not known and (i == start or not (line[0] in " \t" or look.ODD_HEADER.match(line))):
                break
            i += 1
        self.mark("header", start, i)

    def _fences_and_armour(self) -> None:
        fences = [i for i in self.written if self.lines[i].lstrip()[:3] in ("```", "~~~")]
        for start, end in zip(fences[::2], fences[1::2], strict=False):
            self.mark("code", start, end + 1)
        armour = [(i, look.ARMOUR.match(self.lines[i])) for i in self.written]
        marks = [(i, found.groups()) for i, found in armour if found]
        for (start, (opening, name)), (end, (closing, other)) in pairwise(marks):
            if (opening, closing) == ("BEGIN", "END") and name == other:
                self.mark("code", start, end + 1)
            elif name == "PGP SIGNED MESSAGE" and opening == "BEGIN":
                self.mark("code", start, start + 2)  # and its Hash: line

    def _diffs(self) -> None:
        """A patch: from its file names or its first "@@" to the last line with a mark."""
        for i in self.written:
            named = self.lines[i].startswith("--- ") and self.lines[i + 1 : i + 2]
            if self.found[i] is None and (
                self.lines[i].startswith("@@ ") or (named and named[0].startswith("+++ "))
            ):
                end = i + 1
                while end < len(self.lines) and self.lines[end][:1] in ("+", "-", " ", "@", "\\"):
                    end += 1
                self.mark("code", i, end)

    def _threads(self) -> None:
        position = 0
        while position < len(self.lines):
            i, position = position, position + 1
            line = self.lines[i]
            if not line or self.found[i]:
                continue
            if look.QUOTE.match(line):
                self.found[i] = "quoted"
            elif (end := self._opening(i)) > i:
                self.thread_starts.add(i)
                position = end
                first = self.following[end]
                if first < len(self.lines) and not look.QUOTE.match(self.lines[first]):
                    self.mark("quoted", end, len(self.lines))
                    return

    def _opening(self, i: int) -> int:
        """Marks a line, or several, that introduces a quoted message at i; the index after it."""
        line = self.lines[i]
        end = i
        if look.SEPARATOR.match(line):
            end = i + 1
        elif look.RULE.match(line) and self._header_block(self.following[i + 1]):
            end = i + 1
        elif not look.SENDER_HEADER.match(line):
            end = self._attribution(i)
            self.mark("quoted", i, end)
            return end
        self.mark("quoted", i, end)
        start = self.following[end]
        block = self._header_block(start)
        self.mark("header", start, block)
        return max(block, end)

    def _header_block(self, start: int) -> int:
        """The end of an Outlook-like block of header lines at start, 0 where there is none."""
        end = start
        while end < len(self.lines) and self.lines[end] and end - start < 60:
            end += 1
        names = [look.HEADER.match(line) for line in self.lines[start : min(end, start + 4)]]
        enough = sum(name is not None for name in names) >= 2
        return end if enough and look.SENDER_HEADER.match(self.lines[start]) else 0

    def _attribution(self, i: int) -> int:
        """The end of "On ... wrote:", which may be wrapped over four lines, or i."""
        text = ""
        starts = look.ATTRIBUTION_START.match(self.lines[i])
        for j in range(i, min(i + 4, len(self.lines))):
            if not self.lines[j]:
                break
            text = f"{text} {self.lines[j]}"
            if text.endswith((":", "\uff1a", ">")) and look.introduces(text[1:]):
                after = self.following[j + 1]
                quoted = after < len(self.lines) and look.QUOTE.match(self.lines[after])
                if quoted or "@" in text or (starts and re.search(r"\d", text)):
                    return j + 1
            if not starts:
                break
        return i

    def _signatures(self) -> None:
        """Look at each stretch of own text that ends the email or stands before a thread."""
        i = 0
        while i < len(self.lines):
            start = i
            while i < len(self.lines) and self.found[i] is None and i not in self.thread_starts:
                i += 1
            if i > start and i in self.thread_starts and len(self.written) > 1:
                own = [k for k in range(start, i) if self.lines[k]]
                for first, end in signature.spans(self.lines, own):
                    self.mark("signature", first, end)
            i = max(i, start + 1)

    def _code(self) -> None:
        code = [i for i in self.written if self.found[i] is None and self._is_code(i)]
        for i in code:
            self.found[i] = "code"
        for one, other in pairwise(code):  # what stands between two lines of code is code too
            between = [line for line in self.lines[one + 1 : other] if line]
            if other - one <= 6 and all(map(_CODE_CHARACTERS.search, between)):
                self.mark("code", one, other)

    def _is_code(self, i: int) -> bool:
        line = self.lines[i]
        if look.CODE.match(line):
            return True
        if look.BLOB.match(line):
            return bool(
                re.search(r"\d", line) and re.search(r"[a-z]", line) and line.upper() != line
            )
        if not _INDENTED.match(line) or look.LIST_MARKER.match(line):
            return False
        before = next((k for k in range(i - 1, max(i - 4, -1), -1) if self.lines[k]), None)
        introduced = before is not None and (
            self.lines[before].endswith(":") or self.found[before] == "code"
        )
        return introduced and not look.ends_sentence(line) and not look.SENTENCE_WORDS.search(line)

    def _rows(self, hint: str, test: Callable[[str], object], kind: Kind, at_least: int) -> None:
        """Marks stretches of at least so many neighbouring lines that pass the test.

        Only a line with one of the characters of `hint` can pass.
        """
        hinted = re.compile(f"[{re.escape(hint)}]").search
        rows = [
            i
            for i in self.written
            if self.found[i] is None and hinted(self.lines[i]) and test(self._unlisted(i))
        ]
        for _, group in groupby(enumerate(rows), key=lambda pair: pair[1] - pair[0]):
            stretch = [i for _, i in group]
            if len(stretch) >= at_least:
                self.mark(kind, stretch[0], stretch[-1] + 1)

    def _unlisted(self, i: int) -> str:
        marker = look.LIST_MARKER.match(self.lines[i])
        return self.lines[i][marker.end() if marker else 0 :].lstrip()

    def _fill_blanks(self) -> list[Kind]:
        kinds: list[Kind] = []
        for i, (line, kind) in enumerate(zip(self.lines, self.found, strict=True)):
            if not line and kind is None and kinds:
                kinds.append(kinds[-1])
            elif not line and kind is None and self.following[i] < len(self.lines):
                kinds.append(self.found[self.following[i]] or "body")
            else:
                kinds.append(kind or "body")
        return kinds
