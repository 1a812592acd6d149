"""Name what kind of change an edit is, and say why in one line.

classify(["recieve"], ["receive"])      # Named("spelling", 'Spelling: "recieve" -> "receive".')
"""

from rapidfuzz.distance import OSA

from proofreader import confusions
from proofreader.alignment import BARE, expanded
from proofreader.confusions import CASES, COUNTS
from proofreader.harper import spelt_right
from proofreader.inflection import (
    ARTICLES,
    AUXILIARIES,
    BE,
    CHAT,
    CONJUNCTIONS,
    CONTRACTED,
    DETERMINERS,
    DO,
    FILLERS,
    FUNCTION,
    HAVE,
    LIGHT,
    MODALS,
    POLITE,
    PREPOSITIONS,
    PRONOUNS,
    forms,
    is_name,
    is_verb,
    is_word,
    same_family,
    shared_lemma,
)
from proofreader.marks import (
    Named,
    capitals_changed,
    cased,
    letters,
    marks_changed,
    plain,
    quote,
    spacing_changed,
)

UNCOUNTABLE = frozenset(
    "information advice equipment feedback furniture homework knowledge luggage money news progress"
    " research software traffic training work hardware evidence stuff staff".split()
)
SUBJECTS = ("he", "she", "it", "this", "that", "i", "you", "we", "they")
MANY = frozenset(
    "two three four five six seven eight nine ten many several few these those".split()
)


def classify(before: list[str], after: list[str], left: str = "", right: str = "") -> Named:
    """The kind and reason of a change of words `before` into `after` between two neighbours.

    The lists hold words and marks as written; `left` and `right` are the next words or "".
    """
    old, new = plain(before), plain(after)
    if (not old and not new) or (old == new and cased(before) == cased(after)):
        return marks_changed(before, after, left, right)
    if old == new:
        return capitals_changed(before, after)
    if letters(before) == letters(after):
        return spacing_changed(before, after, old, new)
    if not old:
        return _added(after, new, left, right)
    if not new:
        return _removed(before, old, left, right)
    if len(old) == 1 and old[0] in BARE and expanded(old[0]) == "".join(new):
        return Named("spelling", f"{quote(before)} is short for {quote(after)}.")
    if sorted(old) == sorted(new):
        return Named("word order", f"Word order: {quote(before)} -> {quote(after)}.")
    if len(old) == len(new) == 1:
        return _word(before, after, old[0], new[0], left)
    return _words(before, after, old, new)


def _added(after: list[str], new: list[str], left: str, right: str) -> Named:
    where = f' before "{right}"' if right[:1].isalnum() else f' after "{left}"' if left else ""
    said = quote([word for word in after if any(map(str.isalnum, word))])
    if len(new) == 1:
        word = new[0]
        said = said.lower() if word in FUNCTION - {"i"} else said
        if word in ARTICLES:
            return Named("article", f"Add the article {said}{where}.")
        if word == "to" and is_verb(right):
            return Named("verb form", f"Add {said}{where}.")
        if word in PREPOSITIONS:
            return Named("preposition", f"Add the preposition {said}{where}.")
        if word in AUXILIARIES:
            return Named("verb form", f"Add the verb {said}{where}.")
    if {*new} & (POLITE - {"now"}):
        return Named("tone", f"{said} makes it sound different.")
    content = [word for word in new if word not in FUNCTION]
    if not content and len(new) <= 4:
        return Named("missing word", f"Add the missing {_word_or_words(new)} {said}{where}.")
    return Named("word choice", f"{said} is added{where}.")


def _word_or_words(words: list[str]) -> str:
    return "word" if len(words) == 1 else "words"


def _removed(before: list[str], old: list[str], left: str, right: str) -> Named:
    said = quote([word for word in before if any(map(str.isalnum, word))])
    where = f' before "{right}"' if right[:1].isalnum() else f' after "{left}"' if left else ""
    if old in ([right.lower()], [left.lower()]):
        return Named("extra word", f"{said} is there twice.")
    if len(old) == 1:
        word = old[0]
        said = said.lower() if word in FUNCTION - {"i"} else said
        if word == "to" and is_verb(right):
            return Named("verb form", f"No {said} is needed{where}.")
        if word in ARTICLES:
            return Named("article", f"No article {said} is needed{where}.")
        if word in PREPOSITIONS:
            return Named("preposition", f"No {said} is needed{where}.")
        if word in AUXILIARIES:
            return Named("verb form", f"No {said} is needed{where}.")
    if {*old} & POLITE:
        return Named("tone", f"Without {said} it sounds different.")
    if {*old} & FILLERS or any(word not in FUNCTION for word in old) or len(old) > 3:
        return Named("word choice", f"{said} is left out{where}.")
    return Named("extra word", f"Remove the extra {_word_or_words(old)} {said}{where}.")


def _word(before: list[str], after: list[str], old: str, new: str, left: str) -> Named:
    """One word for one other."""
    arrow = f"{quote(before)} -> {quote(after)}"
    if (old, new) == ("of", "have"):
        return Named("verb form", f'Write "have" after "{left}"; "of" only sounds like it.')
    if confusions.confused(old, new) and not _own_case(before, after):
        return Named("spelling", confusions.explain(old, new))
    if (old in CHAT and CHAT[old] == new) or _misspelt(old, new):
        return Named("spelling", f"Spelling: {arrow}.")
    if old in ARTICLES and new in ARTICLES and {old, new} != {"a", "an"}:
        return Named("article", f"Use the article {quote(after)} here, not {quote(before)}.")
    if {old, new} == {"a", "an"}:
        sound = "vowel" if new == "an" else "consonant"
        return Named("article", f'Use "{new}" before a {sound} sound.')
    if (old, new) in COUNTS or (new, old) in COUNTS:
        with_subject = left.lower() in SUBJECTS and old in AUXILIARIES
        reason = f'With "{left}" the verb is "{new}".' if with_subject else f"Agreement: {arrow}."
        return Named("agreement", reason)
    if (old in ARTICLES and new in DETERMINERS) or (new in ARTICLES and old in DETERMINERS):
        return Named("article", f"Article: {arrow}.")
    if old in PREPOSITIONS | {"untill", "til"} and new in PREPOSITIONS:
        return Named("preposition", f"Use {quote(after)} here, not {quote(before)}.")
    if (old, new) in CASES or (new, old) in CASES:
        return Named("other", f"Use {quote(after)} here, not {quote(before)}.")
    return _same_word(old, new, arrow, left) or _other_word(before, after, old, new)


def _own_case(before: list[str], after: list[str]) -> bool:
    """Whether a preposition pair (by, off) is a matter of grammar rather than of spelling."""
    return before[0].lower() in PREPOSITIONS and after[0].lower() in PREPOSITIONS


def _misspelt(old: str, new: str) -> bool:
    """Whether `old` is no word and `new` is a near one that is."""
    if is_word(old) or old.isdigit():
        return False
    if not (is_word(new) or is_name(new)) and (spelt_right(old) or not spelt_right(new)):
        return False
    close = OSA.normalized_similarity(old, new)
    if shared_lemma(old, new) and irregular_attempt(old, new):
        return False
    return close >= 0.5 or (close >= 0.4 and old[0] == new[0])


def irregular_attempt(old: str, new: str) -> bool:
    """goed -> went, childs -> children: a wrong form rather than a wrong spelling."""
    return OSA.normalized_similarity(old, new) < 0.6


def _same_word(old: str, new: str, arrow: str, left: str) -> Named | None:
    """Two forms of one word; None if they are not."""
    if old.endswith("n't") and new.endswith("n't"):
        named = _same_word(old[:-3], new[:-3], arrow, left)
        return named and Named(named.kind, f"Agreement: {arrow}.")
    lemma = shared_lemma(old, new)
    if lemma is None:
        if same_family(old, new):
            return Named("other", f"Word form: {arrow}.")
        return None
    one, two = forms(old).get(lemma, "base"), forms(new).get(lemma, "base")
    if {one, two} <= {"base", "s", "plural"}:
        return Named("agreement", _agreement(old, new, one, two, left) or f"Agreement: {arrow}.")
    if {"comparative", "superlative"} & {one, two}:
        return Named("other", f"Comparison: {arrow}.")
    if {old, new} <= {"is", "are", "am", "was", "were"} and {old, new} in (
        {"is", "am"}, {"are", "am"},
    ):  # fmt: skip
        return Named("agreement", f"Agreement: {arrow}.")
    return Named("verb form", f"Verb form: {arrow}.")


def _agreement(old: str, new: str, one: str, two: str, left: str) -> str | None:
    """Why one of two forms is right, when the word before or the form itself tells."""
    subject = left.lower()
    if subject in SUBJECTS[:5] and two == "s" and one == "base":
        return f'With "{left}" the verb is "{new}".'
    if subject in SUBJECTS[5:] and one == "s" and two == "base":
        return f'With "{left}" the verb is "{new}".'
    if new in UNCOUNTABLE:
        return f'"{new}" has no plural.'
    if subject in MANY and two in ("s", "plural"):
        return f'After "{left}" the plural "{new}" is needed.'
    if subject in ("a", "an", "one", "every", "each", "this") and one in ("s", "plural"):
        return f'After "{left}" the singular "{new}" is needed.'
    return None


def _other_word(before: list[str], after: list[str], old: str, new: str) -> Named:
    arrow = f"{quote(before)} -> {quote(after)}"
    if old in AUXILIARIES and new in AUXILIARIES and not {old, new} <= MODALS:
        return Named("verb form", f"Verb form: {arrow}.")
    if {old, new} & POLITE and not ({old, new} & FUNCTION):
        return Named("tone", f"Tone: {arrow}.")
    if (old in PREPOSITIONS and new in CONJUNCTIONS) or (
        new in PREPOSITIONS and old in CONJUNCTIONS
    ):
        return Named("preposition", f"Use {quote(after)} here, not {quote(before)}.")
    return Named("word choice", f"{quote(after)} instead of {quote(before)}.")


def _words(before: list[str], after: list[str], old: list[str], new: list[str]) -> Named:
    """Several words on one side or both."""
    arrow = f"{quote(before)} -> {quote(after)}"
    if CHAT.get(" ".join(old)) == " ".join(new):
        return Named("spelling", f"Spelling: {arrow}.")
    if _written_out(old) == _written_out(new):
        return Named("tone", f"Tone: {arrow}.")
    if old[-1:] == ["of"] and new[-1:] == ["have"] and old[:-1] == new[:-1]:
        return Named("verb form", f'"{old[0]} of" is how "{old[0]} have" sounds; write "have".')
    extra = [word for word in old if word not in new], [word for word in new if word not in old]
    rest = [word for word in extra[0] + extra[1] if word not in FUNCTION]
    if not rest and len(rest) <= 2:
        return _grammar(before, after, extra, arrow)
    heads = [
        [word for word in side if word not in AUXILIARIES | {"to", "not", "n't"}] for side in extra
    ]
    if {*rest} & POLITE:
        return Named("tone", f"Tone: {arrow}.")
    if len(heads[0]) == len(heads[1]) == 1 and shared_lemma(heads[0][0], heads[1][0]):
        return Named("verb form", f"Verb form: {arrow}.")
    if {*old} & {"more", "most"} and any(new_word.endswith(("er", "est")) for new_word in new):
        return Named("other", f"Comparison: {arrow}.")
    joined = OSA.normalized_similarity("".join(old), "".join(new))
    if joined >= 0.75 and not all(map(is_word, old)):
        return Named("spelling", f"Spelling: {arrow}.")
    inner = _inner(before, after)
    return inner or Named("tone" if {*rest} & POLITE else "word choice", f"Reworded: {arrow}.")


def _inner(before: list[str], after: list[str]) -> Named | None:
    """The kind of the one change inside, when the words around it only follow it in case."""
    old, new = [word.lower() for word in before], [word.lower() for word in after]
    if old[-1] == new[-1]:
        return classify(before[:-1], after[:-1], "", after[-1])
    if old[0] == new[0]:
        return classify(before[1:], after[1:], after[0], "")
    return None


def _written_out(words: list[str]) -> list[str]:
    full: list[str] = []
    for word in words:
        word = {"can't": "can n't", "won't": "will n't", "cannot": "can n't"}.get(word, word)
        for short in CONTRACTED:
            if word.endswith(short) and " " not in word:
                word = f"{word[: -len(short)]} {short}"
        full += [CONTRACTED.get(part, part) for part in word.split()]
    return full


def _grammar(
    before: list[str], after: list[str], extra: tuple[list[str], list[str]], arrow: str
) -> Named:
    """Only small words differ: name the class they come from."""
    words = {*extra[0], *extra[1]}
    if words <= ARTICLES:
        inner = _inner(before, after)
        return inner or Named("article", f"Article: {arrow}.")
    for kind, group in (
        ("verb form", BE | HAVE | DO | MODALS | {"to"}),
        ("preposition", PREPOSITIONS),
    ):
        if words <= group:
            return Named(kind, f"{kind.capitalize()}: {arrow}.")
    if words <= PRONOUNS | LIGHT | FUNCTION and len(words) <= 3:
        return Named("other", f"Grammar: {arrow}.")
    return Named("word choice", f"Reworded: {arrow}.")
