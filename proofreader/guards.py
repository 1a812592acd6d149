"""What no edit may change: names, numbers, dates, links, negation, quotes, the user's own words.

check(edit, email, "errors only").blocked_by      # None, or 'number: "1000"'
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from rapidfuzz.distance import OSA

from proofreader.alignment import Token, tokens
from proofreader.confusions import confused
from proofreader.edits import KINDS, Edit
from proofreader.inflection import CHAT, PERSONS, is_name, is_word, lemmas
from proofreader.names import PLACES, Names, names_of, repairs, starts_sentence, stem

REWRITING = frozenset({"word choice", "word order", "tone"})
ALLOWED = {"errors only": frozenset(KINDS) - REWRITING}  # every other goal allows every kind

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
NEGATIONS = frozenset(
    "not no never none nobody nothing nowhere neither nor without cannot cant dont wont didnt"
    " doesnt isnt arent wasnt werent havent hasnt hadnt couldnt wouldnt shouldnt aint".split()
)
DOUBLED = {
    "nothing": "anything", "nobody": "anybody", "none": "any", "no": "any", "never": "ever",
    "neither": "either", "nowhere": "anywhere", "nor": "or",
}  # fmt: skip
OPPOSITES = [
    {"before", "after"}, {"above", "below"}, {"over", "under"}, {"more", "less"}, {"up", "down"},
    {"inside", "outside"}, {"most", "least"}, {"next", "last"}, {"buy", "sell"}, {"all", "some"},
    {"minimum", "maximum"}, {"always", "never"}, {"can", "must"}, {"may", "must"},
    {"increase", "decrease"}, {"accept", "reject"}, {"in", "out"}, {"on", "off"}, {"and", "or"},
    {"must", "should"}, {"must", "might"}, {"will", "might"}, {"will", "may"}, {"lend", "borrow"},
]  # fmt: skip
NEGATIVE_PREFIX = re.compile(r"^(?:un|in|im|il|ir|dis|non|mis)-?")

PATTERNS = {
    "link": r"https?://\S+|\bwww\.\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|eu|de|uk|gov|edu)\b\S*",
    "email address": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "placeholder": r"\{\{.*?\}\}|\$?\{\w+\}|\[[^\]\n]{1,40}\]|%\(?\w*\)?[sd]\b|<[^<>\n]{1,60}>|%\w+%",
    "file name": r"\b[\w-]+\.(?:pdf|docx?|xlsx?|pptx?|csv|txt|zip|png|jpe?g|gif|py|js|html?|json|ya?ml"
    r"|xml|md|odt|ods|mp[34]|log|exe|sql|sh)\b|(?:[A-Za-z]:\\|~?/)[\w./\\-]+",
    "hashtag or mention": r"(?<![\w&])[#@]\w+",
    "phone number": r"\+?\(?\d[\d ()/.-]{6,}\d",
    "code": r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])(?!\d+(?:st|nd|rd|th|am|pm|kg|km|cm|mm|gb|mb|h|m|g|s|k)\b)"
    r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*\b|\b\w+_\w+\b|\bv\d+(?:\.\d+)+\b",
    "number": r"\d+(?:[.,:/-]\d+)*",
}
FACTS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in PATTERNS.items()}
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
        return _plain(self.old), _plain(self.new)

    @property
    def single(self) -> tuple[str, str] | None:
        """The word and its substitute, when it is one for one."""
        old, new = self.words
        return (old[0], new[0]) if len(old) == len(new) == 1 else None


def _plain(text: str) -> list[str]:
    return [t.text.lower().replace("\u2019", "'") for t in tokens(text) if t.wordy]


def check(
    edit: Edit,
    original: str,
    goal: str = "errors only",
    dictionary: frozenset[str] = frozenset(),
    kinds: frozenset[str] | None = None,
) -> Edit:
    """The edit with its verdict, blocked_by naming what it would harm. `original` is the whole
    email, which the edit's offsets count in; `kinds` None means every kind the goal allows."""
    found = _objection(edit, original, goal, dictionary, kinds)
    if found is None:
        return replace(edit, verdict="kept", blocked_by=None)
    return replace(edit, verdict="blocked", blocked_by=found)


def _objection(
    edit: Edit,
    original: str,
    goal: str,
    dictionary: frozenset[str],
    kinds: frozenset[str] | None,
) -> str | None:
    case = _case(edit, original, dictionary)
    for guard in GUARDS:
        objection = guard(case)
        if objection is not None:
            return objection
    if edit.kind not in ALLOWED.get(goal, KINDS) or (kinds is not None and edit.kind not in kinds):
        return f"goal: {edit.kind} is not asked for"
    if goal == "errors only" and _dots(case):
        return "goal: a matter of style"
    return None


def _case(edit: Edit, text: str, dictionary: frozenset[str]) -> Case:
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


def _dots(case: Case) -> bool:
    """10 am -> 10 a.m.: right both ways."""
    old, new = (re.sub(r"[^\w]", "", text).lower() for text in (case.edit.before, case.edit.after))
    return old == new and case.edit.after.count(".") - case.edit.before.count(".") >= 2


def _breaks(case: Case) -> str | None:
    old, new = (re.findall(r"\r\n|\n|\r", text) for text in (case.old, case.new))
    return None if old == new else "line break"


def _facts(case: Case) -> str | None:
    """Links, addresses, codes, numbers and their like stay letter for letter."""
    if case.single and CHAT.get(case.single[0]) == case.single[1]:
        return None
    for name, pattern in FACTS.items():
        old, new = (Counter(pattern.findall(text)) for text in (case.old, case.new))
        if old != new:
            return _named(name, old, new)
    return None


def _named(what: str, old: Counter[str], new: Counter[str]) -> str:
    lost, added = old - new, new - old
    return f'{what}: "{next(iter(lost or added))}"'


def _quotes(case: Case) -> str | None:
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


def _dictionary(case: Case) -> str | None:
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


def _dates(case: Case) -> str | None:
    """Weekdays, months, times of day: kept, or mended where only one can be meant."""
    days = frozenset(WEEKDAYS + MONTHS)
    old, new = (Counter(_date_words(text, days)) for text in (case.old, case.new))
    if old == new:
        return None
    pair = case.single
    if pair and not old and repairs(*pair):
        return _ambiguous(pair[0], pair[1], days)
    return _named("date or time", old, new)


def _date_words(text: str, days: frozenset[str]) -> Iterator[str]:
    for token in tokens(text):
        word = stem(token.text).replace(".", "")
        word = word[:-1] if word[:-1] in days else word
        if word in ("may", "march", "mar", "sat", "sun", "dec", "mon", "second"):
            word = word if token.text[0].isupper() else ""
        if word in days or word in SHORT or word in TIMES:
            yield SHORT.get(word, word)


def _ambiguous(old: str, new: str, days: frozenset[str]) -> str | None:
    best = OSA.distance(old, new)
    rivals = [day for day in days - {new} if OSA.distance(old, day) <= best]
    return f'date or time: "{old}" may be {new} or {rivals[0]}' if rivals else None


def _spelled_numbers(case: Case) -> str | None:
    old, new = (Counter(word for word in words if word in NUMBERS) for words in case.words)
    pair = case.single
    if old == new or (pair and (confused(*pair) or (repairs(*pair) and not old))):
        return None
    return _named("number", old, new)


def _units(case: Case) -> str | None:
    """Currencies and, after a number, units."""
    old, new = (
        Counter(m.lower().rstrip("s") for m in MONEY.findall(t)) for t in (case.old, case.new)
    )
    if old != new and not (case.single and repairs(*case.single)):
        return _named("amount", old, new)
    if not re.search(r"\d\s*$", case.text[: case.edit.start]) or case.single is None:
        return None
    one, two = case.single
    is_unit = lemmas(one) & UNITS and not lemmas(one) & lemmas(two)
    return f'unit: "{one}"' if is_unit else None


def _negation(case: Case) -> str | None:
    pair = case.single
    if pair and (flip := _flipped(*pair)):
        return flip
    old, new = (sum(map(_negative, words)) for words in case.words)
    if old == new or (pair and (repairs(*pair) or _sounds(case, *pair))):
        return None
    if old > new and _double(case):
        return None
    return f'negation: "{case.edit.before.strip() or case.edit.after.strip()}"'


def _negative(word: str) -> bool:
    return word in NEGATIONS or word.endswith("n't")


def _sounds(case: Case, old: str, new: str) -> bool:
    """I no -> I know."""
    left = _plain(case.text[max(0, case.at - 20) : case.at])[-1:]
    subjects = {"i", "you", "we", "they", "don't", "not", "to", "didn't", "dont", "will", "please"}
    return (old, new) == ("no", "know") and bool({*left} & subjects)


def _double(case: Case) -> bool:
    """don't ... nothing -> don't ... anything: one negation goes, another stays."""
    old, new = case.words
    swapped = len(old) == len(new) and all(
        one == two or DOUBLED.get(one) == two for one, two in zip(old, new, strict=True)
    )
    start = max(case.text.rfind(mark, 0, case.edit.start) for mark in ".!?\n") + 1
    return swapped and any(map(_negative, _plain(case.text[start : case.edit.start])))


def _flipped(old: str, new: str) -> str | None:
    """possible -> impossible, careful -> careless."""
    for one, two in ((old, new), (new, old)):
        bare = NEGATIVE_PREFIX.sub("", one)
        if bare != one and bare == two and len(two) > 3 and is_word(two):
            return f'negation: "{old}" -> "{new}"'
        if one.endswith("less") and two.endswith("ful") and one[:-4] == two[:-3]:
            return f'negation: "{old}" -> "{new}"'
    return None


def _opposites(case: Case) -> str | None:
    old, new = ({*words} for words in case.words)
    lost, added = old - new, new - old
    for pair in OPPOSITES:
        if len(pair & lost) == len(pair & added) == 1 and not confused(
            *(pair & lost), *(pair & added)
        ):
            return f'meaning: "{next(iter(pair & lost))}" -> "{next(iter(pair & added))}"'
    return None


def _persons(case: Case) -> str | None:
    """I, you, he, she, we: who is spoken of stays. It and they may replace each other."""
    old, new = case.words
    lost, added = ({*one} - {*two} for one, two in ((old, new), (new, old)))
    rows_lost = {n for n, row in enumerate(PERSONS) if row & lost}
    rows_added = {n for n, row in enumerate(PERSONS) if row & added}
    moved = (rows_lost - rows_added) and (rows_added - rows_lost)
    if not moved or rows_lost ^ rows_added == {4, 6}:
        return None
    return f'person: "{case.edit.before.strip()}" -> "{case.edit.after.strip()}"'


def _language(case: Case) -> str | None:
    old, new = (sum(c.isalpha() and c > "\u024f" for c in text) for text in (case.old, case.new))
    return "language" if new > old else None


def _name_guard(case: Case) -> str | None:
    """Names stay; none is made up; a capital may be mended but not taken from a name."""
    old = [_moved(token, case.at) for token in tokens(case.old) if token.text[0].isalpha()]
    new = [token for token in tokens(case.new) if token.text[0].isalpha()]
    kept = Counter(stem(token.text) for token in new)
    for token in old:
        plain = stem(token.text)
        if kept[plain] > 0:
            kept[plain] -= 1
            if _lowered(token, new) and not case.names.lowered(token):
                return f'name: "{token.text}"'
        elif case.names.is_one(token) and not _mended(case, token):
            return f'name: "{token.text}"'
    return _invented(case, {stem(token.text) for token in old}, new) or _own_term(case)


def _moved(token: Token, by: int) -> Token:
    return Token(token.text, token.start + by, token.end + by)


def _lowered(token: Token, new: list[Token]) -> bool:
    """Whether a capital inside or at the front is gone."""
    twins = [other.text for other in new if stem(other.text) == stem(token.text)]
    capitals = sum(map(str.isupper, token.text))
    return all(sum(map(str.isupper, twin)) < capitals for twin in twins)


def _mended(case: Case, token: Token) -> bool:
    """Wensday -> Wednesday, germny -> Germany; the date guard sees to doubtful ones."""
    pair = case.single
    if pair is None or (
        stem(token.text) in case.names.known and starts_sentence(case.text, token.start)
    ):
        return False
    days = {*WEEKDAYS, *MONTHS}
    close = OSA.normalized_similarity(stem(pair[0]), stem(pair[1])) >= 0.7
    return close and stem(pair[1]) in days | PLACES and not is_word(pair[0])


def _invented(case: Case, old: set[str], new: list[Token]) -> str | None:
    for token in new:
        plain = stem(token.text)
        if plain in old or plain in ("i", "i'm", "i'll", "i've", "i'd"):
            continue
        after = case.text[: case.at] + case.new
        first = starts_sentence(after, case.at + token.start)
        capital = token.text[0].isupper() and not first and not token.text.isupper()
        made = names_of(token.text).is_one(token) if first else capital
        if (made and not is_word(plain)) or ((capital or made) and is_name(plain)):
            if not (case.single and stem(case.single[1]) in PLACES | {*WEEKDAYS, *MONTHS}):
                return f'name: "{token.text}"'
    return None


def _own_term(case: Case) -> str | None:
    pair = case.single
    if pair and pair[0] != pair[1] and stem(pair[0]) != stem(pair[1]):
        word = next((t.text for t in tokens(case.old) if t.wordy), "")
        if case.names.is_term(word, pair[1]):
            return f'term used more than once: "{word}"'
    return None


GUARDS: tuple[Callable[[Case], str | None], ...] = (
    _breaks, _facts, _quotes, _dictionary, _dates, _spelled_numbers, _units, _negation,
    _opposites, _persons, _language, _name_guard,
)  # fmt: skip
