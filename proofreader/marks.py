"""Name the changes that leave the letters alone: marks, capitals, spaces, apostrophes.

spacing_changed(["alot"], ["a lot"], ["alot"], ["a", "lot"]).kind      # "spelling"
"""

import re
from dataclasses import dataclass

from proofreader import confusions
from proofreader.inflection import is_word

MARKS = {
    ",": "comma", ".": "full stop", "?": "question mark", "!": "exclamation mark",
    ";": "semicolon", ":": "colon", "-": "hyphen", "'": "apostrophe", '"': "quotation mark",
    "(": "bracket", ")": "bracket", "…": "ellipsis", "\u2013": "dash", "—": "dash",
}  # fmt: skip


@dataclass(frozen=True)
class Named:
    """What a change is called and the line that explains it."""

    kind: str
    reason: str


def plain(words: list[str]) -> list[str]:
    """Lower case, straight apostrophes, punctuation left out."""
    folded = [word.lower().replace("\u2019", "'") for word in words]
    return [word for word in folded if any(map(str.isalnum, word))]


def letters(words: list[str]) -> str:
    return "".join(c for word in words for c in word.lower() if c.isalnum())


def quote(words: list[str]) -> str:
    text = re.sub(r" (?=[,.;:!?)\]])", "", " ".join(words))
    return f'"{text if len(text) < 60 else text[:57] + "..."}"'


def marks_changed(before: list[str], after: list[str], left: str, right: str) -> Named:
    if {*before, *after} & {"-"} and cased(before):
        how = "with a hyphen" if "-" in after else "without the hyphen"
        return Named("punctuation", f"Write {_quote_joined(after)} {how}.")
    old = [word for word in before if word in MARKS or not word.isalnum()]
    new = [word for word in after if word in MARKS or not word.isalnum()]
    old_marks = [mark for mark in old if not any(map(str.isalnum, mark))]
    new_marks = [mark for mark in new if not any(map(str.isalnum, mark))]
    where = f' after "{left}"' if left else f' before "{right}"' if right else ""
    if old_marks == new_marks:
        return Named("punctuation", f"Correct the space{where}.")
    if not old_marks:
        return Named("punctuation", f"Add {_mark(new_marks)}{where}.")
    if not new_marks:
        return Named("punctuation", f"Remove the {_mark(old_marks, bare=True)}{where}.")
    return Named("punctuation", f"Punctuation: {quote(before)} -> {quote(after)}.")


def _mark(marks: list[str], bare: bool = False) -> str:
    name = MARKS.get(marks[0], f'"{marks[0]}"') if len(marks) == 1 else quote(marks)
    article = (
        "" if bare else "an " if name[0] in "aeiou" else "a " if name in MARKS.values() else ""
    )
    return article + name


def capitals_changed(before: list[str], after: list[str]) -> Named:
    if not _marks_equal(before, after):
        reason = f"Punctuation: {quote(before)} -> {quote(after)}."
        return Named("punctuation", reason)
    changed = [
        (one, two) for one, two in zip(cased(before), cased(after), strict=True) if one != two
    ]
    one, two = changed[0]
    if two == "I":
        return Named("capitalisation", 'The word "I" is always a capital.')
    if two[:1].isupper() and one[:1].islower():
        return Named("capitalisation", f'Write "{two}" with a capital letter.')
    if two.islower():
        return Named("capitalisation", f'"{two}" needs no capital letter here.')
    return Named("capitalisation", f'Capital letters: "{one}" -> "{two}".')


def _marks_equal(before: list[str], after: list[str]) -> bool:
    return [w for w in before if w not in cased(before)] == [
        w for w in after if w not in cased(after)
    ]


def cased(words: list[str]) -> list[str]:
    return [word for word in words if any(map(str.isalnum, word))]


def spacing_changed(before: list[str], after: list[str], old: list[str], new: list[str]) -> Named:
    """The same letters, cut or punctuated in another way."""
    pair = " ".join(old), " ".join(new)
    if confusions.confused(*pair):
        return Named("spelling", confusions.explain(*pair))
    if len(old) < len(new):
        number = {2: "two", 3: "three"}.get(len(new), str(len(new)))
        if "-" not in before and "-" not in after:
            return Named("spelling", f"{quote(after)} is written as {number} words.")
    if len(old) > len(new) and "-" not in before:
        return Named("spelling", f"{quote(after)} is written as one word.")
    if "-" in after and "-" not in before:
        return Named("punctuation", f"Write {_quote_joined(after)} with a hyphen.")
    if "-" in before:
        return Named("punctuation", f"Write {_quote_joined(after)} without the hyphen.")
    if "'" in new[0] and "'" not in old[0]:
        kind = "punctuation" if is_word(old[0]) and new[0].endswith(("'s", "s'")) else "spelling"
        return Named(kind, f'"{after[0]}" needs an apostrophe.')
    return Named("punctuation", f"Punctuation: {quote(before)} -> {quote(after)}.")


def _quote_joined(words: list[str]) -> str:
    return '"' + " ".join(words).replace(" - ", "-") + '"'
