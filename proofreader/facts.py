"""The guards over what can be read off the letters: links, numbers, dates, units, quotations.

Each takes a Case and returns what the edit would harm, or None.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from proofreader.alignment import tokens
from proofreader.confusions import confused
from proofreader.edits import Edit
from proofreader.inflection import CHAT, lemmas
from proofreader.names import Names, names_of, repairs, stem

WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()

MONTHS = (
    "january february march april may june july august september october november december"
).split()

SHORT = {name[:3]: name for name in WEEKDAYS + MONTHS} | {
    "tues": "tuesday", "thur": "thursday", "thurs": "thursday", "sept": "september",
}  # fmt: skip

NUMBERS = frozenset(
    "zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
    " hundred hundreds thousand thousands million millions billion billions dozen dozens half"
    " quarter third first fourth fifth sixth seventh eighth ninth tenth eleventh twelfth once twice"
    " double triple single both".split()
)

ASKED = frozenset("i we you he she they it this that".split())  # "May we ...?" is no month
DATED = frozenset("in by of since until till before after last next this early late mid".split())

TIMES = frozenset(
    "today tomorrow yesterday tonight noon midnight morning afternoon evening am pm daily weekly"
    " monthly yearly annual hourly quarterly".split()
)

UNITS = frozenset(
    "kg g mg lb lbs oz km m cm mm mi mile kilometre kilometer metre meter gb mb tb kb hour minute"
    " second day week month year percent litre liter gram kilo kilogram pound dollar euro cent usd"
    " eur gbp chf yen rupee franc celsius fahrenheit degree gallon inch foot yard pm am".split()
)

MONEY = re.compile(
    r"[$€£¥₹%]|\b(?:usd|eur|gbp|chf|dollars?|euros?|pounds?|cents?|percent)\b", re.IGNORECASE
)

PATTERNS = {
    "date": r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b|\b\d{4}-\d\d-\d\d\b",
    "link": r"https?://\S+|\bwww\.\S+"
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|eu|de|uk|gov|edu)\b\S*",
    "email address": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "placeholder": r"<script\b.*?</script>|<style\b.*?</style>|&#?\w{1,8};\w*"
    r"|\{\{.*?\}\}|\$?\{\w+\}|\[[^\]\n]{1,40}\]"
    r"|%\(?\w*\)?[sd]\b|<[^<>\n]{1,60}>|%\w+%",
    "file name": r"\b[\w-]+\.(?:pdf|docx?|xlsx?|pptx?|csv|txt|zip|png|jpe?g|gif|py|js|html?|json"
    r"|ya?ml|xml|md|odt|ods|mp[34]|log|exe|sql|sh)\b|(?:\b[A-Za-z]:\\|(?<![\w/.])~?/)[\w./\\-]+",
    "hashtag or mention": r"(?<![\w&])#\w+|@\w+",
    "phone number": r"\+?\(?\d[\d ()/.-]{6,}\d",
    "code": r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])"
    r"(?!\d+(?:st|nd|rd|th|am|pm|kg|km|cm|mm|gb|mb|h|m|g|s|k)\b)"
    r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*\b|\b\w+_\w+\b|\bv\d+(?:\.\d+)+\b",
    "number": r"\d+(?:[.,:/-]\d+)*",
    # a letter of another script: another language, or an address that only looks like one
    "language": r"\w*[\u0250-\u02af\u0370-\u1dff\u2c00-\u2dff\u3040-\ud7ff\uf900-\ufaff]\w*",
    # emoji, control and zero-width characters, undecoded bytes
    "symbol": r"\w*[\u200b-\u200f\u2060\ufeff\ud800-\udfff]\w*|\S*[\x00-\x08\x0e-\x1b\x7f]\S*"
    r"|\w*[\u0300-\u036f][\w\u0300-\u036f]*|[^\w\s!-~\u00a1-\u00bf\u2010-\u203a]|[\u2028-\u202f]",
}

FACTS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in PATTERNS.items()}

JOINED = re.compile(r">(?=\w)|(?<=\w)<")  # markup that touches a word

SPANNING = [FACTS[name] for name in ("link", "email address", "placeholder", "phone number")]

QUOTED = re.compile('"[^"\n]{1,400}"|\u201c[^\u201d]{1,600}\u201d|«[^»]{1,600}»')


@dataclass(frozen=True)
class Case:
    """One edit with what stands around it: `old` and `new` are its words and the letters that
    touch them, before and after."""

    edit: Edit
    text: str
    old: str
    new: str
    at: int  # where `old` starts in the text
    names: Names
    dictionary: frozenset[str]

    @property
    def words(self) -> tuple[list[str], list[str]]:
        """The words before and after, in lower case."""
        return plain_words(self.old), plain_words(self.new)

    @property
    def single(self) -> tuple[str, str] | None:
        """The word and its substitute, when it is one for one."""
        old, new = self.words
        return (old[0], new[0]) if len(old) == len(new) == 1 else None


def plain_words(text: str) -> list[str]:
    return [t.text.lower().replace("\u2019", "'") for t in tokens(text) if t.wordy]


def case_of(edit: Edit, text: str, dictionary: frozenset[str]) -> Case:
    start, end = edit.start, edit.end
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    around = max(0, edit.start - 200)
    for pattern in SPANNING:
        for found in pattern.finditer(text[around : edit.end + 200]):
            left, right = found.start() + around, found.end() + around
            if (left < edit.end and edit.start < right) or left < edit.start < right:
                start, end = min(start, left), max(end, right)
    new = text[start : edit.start] + edit.after + text[edit.end : end]
    return Case(edit, text, text[start:end], new, start, names_of(text), dictionary)


def line_breaks(case: Case) -> str | None:
    old, new = (re.findall(r"\r\n|\n|\r", text) for text in (case.old, case.new))
    return None if old == new else "line break"


def literal_facts(case: Case) -> str | None:
    """Links, addresses, codes, numbers and their like stay letter for letter."""
    if case.single and CHAT.get(case.single[0]) == case.single[1]:
        return None
    if len(JOINED.findall(case.new)) < len(JOINED.findall(case.old)):
        return "placeholder: no space belongs there"
    for name, pattern in FACTS.items():
        old, new = (Counter(pattern.findall(text)) for text in (case.old, case.new))
        if old != new:
            return _named(name, old, new)
    return None


def _named(what: str, old: Counter[str], new: Counter[str]) -> str:
    lost, added = old - new, new - old
    return f'{what}: "{next(iter(lost or added))}"'


def quotations(case: Case) -> str | None:
    edit = case.edit
    around = case.text.rfind("\n", 0, edit.start) + 1
    close = case.text.find("\n", edit.end)
    line = case.text[around : close if close >= 0 else None]
    for found in QUOTED.finditer(line):
        left, right = found.start() + around, found.end() + around
        if left < edit.end and edit.start < right and left < max(edit.end, edit.start + 1):
            return f"quotation: {found[0][:60]}"
    marks = [
        sum(text.count(mark) for mark in '"\u201c\u201d') for text in (edit.before, edit.after)
    ]
    if marks[0] != marks[1] and line.count('"') % 2 == 0:
        return "quotation: its marks"
    return None


def own_words(case: Case) -> str | None:
    left, right = max(0, case.at - 80), case.at + len(case.old) + 80
    before = case.text[left:right]
    edit = case.edit
    after = case.text[left : edit.start] + edit.after + case.text[edit.end : right]
    for term in case.dictionary:
        whole = re.compile(rf"(?<!\w){re.escape(term)}(?!\w)")
        folded = re.compile(whole.pattern, re.IGNORECASE)
        if any(len(p.findall(after)) < len(p.findall(before)) for p in (whole, folded)):
            return f'dictionary: "{term}"'
    return None


def dates(case: Case) -> str | None:
    """Weekdays, months, times of day: kept, or mended where only one can be meant."""
    days = frozenset(WEEKDAYS + MONTHS)
    old, new = (Counter(_date_words(case, text, days)) for text in (case.old, case.new))
    pair = case.single
    if old == new or (pair and pair[0] == pair[1]):  # may -> May is a matter of capitals
        return None
    if pair and not old and repairs(*pair):
        return _ambiguous(pair[0], pair[1], days)
    return _named("date or time", old, new)


def _date_words(case: Case, text: str, days: frozenset[str]) -> Iterator[str]:
    left = case.text[max(0, case.at - 12) : case.at]
    right = case.text[case.at + len(case.old) :][:12]
    near = ["", *(token.text.lower() for token in tokens(left + text + right)), ""]
    first = len(tokens(left))
    for place, token in enumerate(tokens(text), first + 1):
        word = stem(token.text).replace(".", "")
        word = word[:-1] if word[-1:] == "s" and word[:-1] in days | TIMES else word
        if word in ("may", "march", "mar", "sat", "sun", "dec", "mon", "second"):
            word = word if token.text[0].isupper() else ""
        if word == "am" and near[place - 1] == "i":
            continue
        if word == "may" and near[place + 1] in ASKED and near[place - 1] not in DATED:
            continue
        if word in days or word in SHORT or word in TIMES:
            yield SHORT.get(word, word)


def _ambiguous(old: str, new: str, days: frozenset[str]) -> str | None:
    best = OSA.distance(old, new)
    rivals = [day for day in days - {new} if OSA.distance(old, day) <= best]
    return f'date or time: "{old}" may be {new} or {rivals[0]}' if rivals else None


def spelled_numbers(case: Case) -> str | None:
    old, new = (
        Counter(part for word in words for part in word.split("-") if part in NUMBERS)
        for words in case.words
    )
    pair = case.single
    if old == new or (pair and (confused(*pair) or (repairs(*pair) and not old))):
        return None
    return _named("number", old, new)


def units(case: Case) -> str | None:
    """Currencies and, after a number, units."""
    old, new = (
        Counter(m.lower().rstrip("s") for m in MONEY.findall(t)) for t in (case.old, case.new)
    )
    if old != new and not (case.single and repairs(*case.single)):
        return _named("amount", old, new)
    if not re.search(r"\d\s*$", case.text[: case.edit.start]) or case.single is None:
        return None
    one, two = case.single
    if one.replace(".", "") == two.replace(".", ""):
        return None
    is_unit = lemmas(one) & UNITS and not lemmas(one) & lemmas(two)
    return f'unit: "{one}"' if is_unit else None


def language(case: Case) -> str | None:
    old, new = (sum(c.isalpha() and c > "\u024f" for c in text) for text in (case.old, case.new))
    return "language" if new > old else None
