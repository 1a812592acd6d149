"""Where the signature lies in a stretch of the writer's own text.

    spans(["See you.", "", "Best regards,", "Ana"], [0, 2, 3])     # [(2, 4)]

It is what follows `-- ` or a rule, a sign-off line with the name and contact lines after it, or a
name (with contacts) alone at the end. "Thanks for your help." is a sentence and stays out; so does
a postscript. Without a name after it, "Thanks!" is left in the text and "Best regards" is not.
"""

from collections.abc import Sequence

from proofreader import mail_lines as look

Span = tuple[int, int]
MAX_LINES = 14  # of a name and contact block that has no sign-off before it
MAX_FOOTER = 30  # lines after `-- `; more of them are text under a ruled line


def spans(lines: Sequence[str], own: Sequence[int]) -> list[Span]:
    """[start, end) line ranges of the signature; `own` are the indices of its non-blank lines."""
    own = list(own)
    postscript = next((n for n, i in enumerate(own) if look.POSTSCRIPT.match(lines[i])), len(own))
    found = []
    for n, i in enumerate(own):
        if _is_footer(lines, own, n):
            end = postscript if postscript > n else len(own)
            found.append((i, own[end - 1] + 1))
            own, postscript = own[:n], min(postscript, n)
            break
    found += _sign_offs(lines, own[:postscript]) or _name_at_the_end(lines, own[:postscript])
    return found + [(i, i + 1) for i in own if _is_sent_from(lines[i])]


def _is_footer(lines: Sequence[str], own: list[int], n: int) -> bool:
    line, rest = lines[own[n]].strip(), own[n + 1 : n + MAX_FOOTER + 2]
    if line in ("--", "—", "––"):  # noqa: RUF001 (dashes as phones write them)
        return own[n] > 0 and len(rest) <= MAX_FOOTER and not (rest and len(lines[rest[0]]) > 100)
    ruled = line == "---" or look.RULE.match(line)
    return bool(ruled and 0 < len(rest) <= MAX_LINES and _fits(lines, rest))


def _is_sent_from(line: str) -> bool:
    return bool(look.SENT_FROM.match(line)) and len(line.split()) <= 8 and "," not in line


def _fits(lines: Sequence[str], rest: Sequence[int]) -> bool:
    """Whether every paragraph has only signature lines, or is a disclaimer."""
    paragraph: list[int] = []
    for n, i in enumerate(rest):
        paragraph.append(i)
        if n + 1 == len(rest) or rest[n + 1] > i + 1:
            texts = [lines[k] for k in paragraph]
            if not all(map(look.is_sign_line, texts)) and not any(
                map(look.DISCLAIMER.search, texts)
            ):
                return False
            paragraph = []
    return True


def _sign_offs(lines: Sequence[str], own: list[int]) -> list[Span]:
    """Each sign-off with its name; what follows too when it is contacts up to the end."""
    for n, i in enumerate(own):
        if look.CLOSING_WITH_NAME.match(lines[i]):
            return [_extended(lines, i, own[n + 1 :])]
        closing = look.CLOSING.match(lines[i])
        weak = look.WEAK_CLOSING.match(lines[i])
        if not closing or look.SENTENCE_CLOSING.match(lines[i]) or (weak and not n):
            continue
        if n + 1 == len(own):
            signs = not weak or closing["mark"].strip() in (",", "-")
            return [(i, i + 1)] if signs and n else []
        name = lines[own[n + 1]]
        if _is_plain_name(name) or look.is_name(name) or _is_contact(name):
            return [_extended(lines, i, own[n + 1 :])]
    return []


def _is_plain_name(line: str) -> bool:
    """One to three words, in lower case perhaps, as after a sign-off."""
    return (
        bool(look.PLAIN_NAME.match(line))
        and not look.SENTENCE_WORDS.search(line)
        and not look.GREETING.match(line)
        and not look.ends_sentence(line)
    )


def _is_contact(line: str) -> bool:
    return _has_contact(line) or ("|" in line and look.is_sign_line(line))


def _has_contact(line: str) -> bool:
    return look.is_sign_line(line) and bool(look.CONTACT.search(line) or _is_sent_from(line))


def _extended(lines: Sequence[str], start: int, rest: list[int]) -> Span:
    """From the sign-off at `start` over its name (the first of `rest`) and the contacts."""
    if not rest:
        return start, start + 1
    if _fits(lines, rest[1:]):
        return start, rest[-1] + 1
    end = start + 1 if look.CLOSING_WITH_NAME.match(lines[start]) else rest[0] + 1
    while end <= rest[-1] and lines[end] and look.is_sign_line(lines[end]):
        end += 1
    return start, end


def _name_at_the_end(lines: Sequence[str], own: list[int]) -> list[Span]:
    """A name at the end without a sign-off, alone or above contact lines."""
    first = len(own)
    while first > 1 and len(own) - first < MAX_LINES and _may_sign(lines[own[first - 1]]):
        first -= 1
    for n in range(first, len(own)):
        block = [lines[i] for i in own[n:]]
        if not _begins(lines, own, n):
            continue
        contacts = any(map(_has_contact, block[1:])) or look.CONTACT.search(block[0])
        titled = len(block) <= 4 and any(map(look.JOB_TITLE.search, block[1:]))
        if contacts or titled or len(block) == 1:
            return [(own[n], own[-1] + 1)]
    return []


def _may_sign(line: str) -> bool:
    return look.is_sign_line(line) or look.is_name(line)


def _begins(lines: Sequence[str], own: list[int], n: int) -> bool:
    """Whether the n-th line is a name that stands apart from the text before it."""
    line, before = lines[own[n]], lines[own[n - 1]]
    apart = own[n] > own[n - 1] + 1 or (look.ends_sentence(before) and len(before) > 12)
    below = [lines[i] for i in own[n + 1 :]]
    apart = apart or (len(line.split()) > 1 and any(map(look.CONTACT.search, below)))
    name = look.CONTACT.sub("", line).strip(" .-–|,:")  # noqa: RUF001 (an en dash)
    return (
        apart
        and look.is_name(name)
        and not before.endswith(":")
        and not (len(name.split()) > 4 and name == line.strip())
    )
