"""The writer's own sentences, with their place in the whole email.

    for sentence in sentences(Email.split(text)):
        text[sentence.start : sentence.end] == sentence.text    # always
        sentence.source                                         # what the model reads

Only body parts have sentences. Lines of a hard-wrapped paragraph are joined; a greeting, a heading
or a list item is a sentence of its own. List markers, indentation, an emoji in front and the space
around it are outside. What has no letter is left out.

A sentence of more than 80 words is cut after a semicolon, or a comma before a conjunction, so that
the model never gets more than 120 words (or 1,000 characters); where there is no such place it is
cut at a comma, and at last at any space.

The boundaries are sentencex's (MIT, a compiled wheel without dependencies, 0.1 ms a paragraph).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from proofreader import mail_lines as look
from proofreader.mail import Email

CUT_ABOVE_WORDS = 80
MOST_WORDS = 120
MOST_CHARACTERS = 1000
LONGEST_WRAP = 100  # longer lines are not wrapped by a mail program

_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_BREAK = re.compile(r"[^\S\r\n]*(?:\r\n|\r|\n)\s*")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_WORD = re.compile(r"\S+")
_LETTER = re.compile(r"[^\W\d_]")
# Abbreviations that sentencex takes for the end of a sentence.
_GOES_ON = re.compile(
    r"(?:^|[\s(])(?:approx|ca|hrs?|mins?|secs?|mon|tues?|wed|thurs?|fri|sat|sun|incl|excl|tel|ext|"
    r"dept|est|max|min|avg|pp|vol|attn|resp)\.\s*$",
    re.I,
)
_NUMBER_OF = re.compile(r"\b(?:no|nos|nr)\.\s*$", re.I)
_LEADING_SYMBOLS = re.compile(r"[^\w\s!-~\u00a1-\u00bf\u2010-\u203a\u20a0-\u20bf]+\s+")  # emoji
_BETTER_CUT = re.compile(
    r";\s+|,\s+(?=(?:and|but|or|so|because|which|while|although|then|where|who|if|when|as)\b)", re.I
)
_COMMA_CUT = re.compile(r"[,:]\s+|\s[-\u2013\u2014]\s")
_SPACE_CUT = re.compile(r"\s+")


@dataclass(frozen=True)
class Sentence:
    """email[start:end] == text. In `source` each wrapped line break of `text`, with the space on
    both sides of it, is one space; all else is the same."""

    start: int
    end: int
    text: str
    source: str

    def to_original(self, position: int) -> int:
        """The offset in the whole email of a position in `source` (0 .. len(source)).

        The space that stands for a line break counts as the first character of that break.
        """
        at = taken = 0
        for gap in _BREAK.finditer(self.text):
            before = gap.start() - at
            if position <= taken + before:
                break
            taken += before + 1
            at = gap.end()
        return self.start + at + position - taken


def sentences(email: Email) -> tuple[Sentence, ...]:
    """All sentences of the body in order; they don't overlap."""
    bodies = [part for part in email.parts if part.kind == "body"]
    widths = [len(line.rstrip()) for part in bodies for line in _LINES.findall(part.text)]
    width = max((w for w in widths if w <= LONGEST_WRAP), default=0)
    wrapped = sum(w > LONGEST_WRAP for w in widths) == 0 and width >= 60
    found = []
    for part in bodies:
        for start, end in _blocks(part.text, width if wrapped else 0):
            block = part.text[start:end]
            found += [_sentence(part.start + start, block, a, b) for a, b in _spans(block)]
    return tuple(found)


def _sentence(offset: int, block: str, start: int, end: int) -> Sentence:
    text = block[start:end]
    return Sentence(offset + start, offset + end, text, _BREAK.sub(" ", text))


def _blocks(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Spans of lines that belong together, without list markers and the space around them."""
    start = end = position = 0
    previous = ""
    for line in _LINES.findall(text):
        marker = look.LIST_MARKER.match(line)
        if not (
            previous
            and line.strip()
            and not marker
            and _goes_on(previous, line, width, text[start])
        ):
            if end > start:
                yield start, end
            start = position + (marker.end() if marker else len(line) - len(line.lstrip()))
        previous = line.rstrip()
        end = position + len(previous)
        position += len(line)
    if end > start:
        yield start, end


def _goes_on(line: str, following: str, width: int, first_letter: str) -> bool:
    """Whether the sentence of this line may go on in the following one.

    Where the writer began in lower case, a lower-case letter says less about the next line.
    """
    first = _WORD.search(following)
    word = first.group() if first else ""
    if word[:1].islower():
        least = 55 if first_letter.islower() else 40 if line[-1] in ",;)" else 25
        return len(line) >= least and line[-1] not in ".:!?"
    if line[-1] == ":":
        return False
    return bool(width) and len(line) >= 55 and len(line) + 1 + len(word) > width


def _spans(block: str) -> Iterator[tuple[int, int]]:
    """Spans of the sentences of a block: with a letter, without the space around them."""
    for start, end in _short_enough(block, _boundaries(block)):
        text = block[start:end].rstrip()
        bare = text.lstrip()
        symbols = _LEADING_SYMBOLS.match(bare)
        bare = bare[symbols.end() if symbols else 0 :]
        if _LETTER.search(bare):
            yield start + len(text) - len(bare), start + len(text)


def _boundaries(block: str) -> list[tuple[int, int]]:
    """Spans that cover the block, one for each sentence."""
    import sentencex

    readable = _SURROGATES.sub("\ufffd", block)
    flat = _BREAK.sub(lambda gap: " " * len(gap.group()), readable)
    spans: list[tuple[int, int]] = []
    position = 0
    for piece in sentencex.segment("en", flat):
        start, position = position, position + len(piece)
        if spans and not _is_start(flat, spans[-1], start, piece):
            spans[-1] = (spans[-1][0], position)
        else:
            spans.append((start, position))
    if position != len(flat):  # never lose text
        return [(0, len(block))]
    return spans


def _is_start(text: str, before: tuple[int, int], start: int, piece: str) -> bool:
    last = text[before[0] : before[1]]
    if not _LETTER.search(piece) or not last[-1].isspace():
        return False  # an emoji, a bracket; "ASP.NET"
    if piece[0].isdigit() and _NUMBER_OF.search(last):
        return False
    return piece[0].isupper() or not _GOES_ON.search(last)


def _short_enough(block: str, spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The spans, the long ones cut."""
    for start, end in spans:
        while _too_long(block[start : min(end, start + 20 * MOST_CHARACTERS)], CUT_ABOVE_WORDS):
            cut = start + _cut(block[start : start + MOST_CHARACTERS])
            if cut >= end:
                break
            yield start, cut
            start = cut
        yield start, end


def _too_long(text: str, words: int) -> bool:
    return len(text) > MOST_CHARACTERS or len(text.split()) > words


def _cut(text: str) -> int:
    """Where to cut a text that is too long: a place between half and all of what is allowed."""
    words = [word.end() for word in _WORD.finditer(text)]
    most = min(len(text), words[MOST_WORDS - 1] if len(words) >= MOST_WORDS else len(text))
    least = most // 4
    for place in (_BETTER_CUT, _COMMA_CUT, _SPACE_CUT):
        cuts = [found.end() for found in place.finditer(text) if least < found.end() <= most]
        if cuts:
            middle = words[min(len(words), CUT_ABOVE_WORDS) - 1]
            return min(cuts, key=lambda cut: abs(cut - middle))
    return most
