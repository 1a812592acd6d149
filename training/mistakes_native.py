"""Mistakes of people who write their first language in a hurry. One function, one kind.

Each takes a Draft and a random.Random and returns whether it changed something.
"""

from random import Random

from training.mistake_draft import LOCKED, Draft
from training.mistake_words import (
    CONFUSED,
    HARD_CONFUSED,
    JOINED,
    LISTS,
    MISSPELT,
    NEIGHBOUR_KEYS,
    PHRASES,
    SHORT_FORMS,
)

PHRASE_STARTS: dict[str, list[tuple[list[str], tuple[str, ...]]]] = {}
for _table in (PHRASES, JOINED):
    for _right, _wrong in _table.items():
        _words = _right.lower().split()
        PHRASE_STARTS.setdefault(_words[0], []).append((_words, _wrong))


def _swap(draft: Draft, random: Random, table: dict[str, tuple[str, ...]]) -> bool:
    sites = [(place, table[word]) for place, word in draft.lowers() if word in table]
    if not sites:
        return False
    place, wrong = random.choice(sites)
    return draft.replace(place, place + 1, random.choice(wrong))


def confusion(draft: Draft, random: Random) -> bool:
    """its for it's, there for their, effect for affect."""
    return _swap(draft, random, CONFUSED)


def hard_confusion(draft: Draft, random: Random) -> bool:
    """The confusions that models miss most."""
    return _swap(draft, random, HARD_CONFUSED)


def misspelling(draft: Draft, random: Random) -> bool:
    """A known misspelling: recieve, definately."""
    return _swap(draft, random, MISSPELT)


def short_form(draft: Draft, random: Random) -> bool:
    """u, pls, thx."""
    return _swap(draft, random, SHORT_FORMS)


def phrase(draft: Draft, random: Random) -> bool:
    """A fixed phrase gone wrong: would of, alot, explain me, depends of."""
    sites = []
    for place, word in draft.lowers():
        for words, wrong in PHRASE_STARTS.get(word, ()):
            end = place + len(words)
            if all(draft.lower(place + step) == words[step] for step in range(1, len(words))):
                sites.append((place, end, wrong))
    if not sites:
        return False
    place, end, wrong = random.choice(sites)
    choice = random.choice(wrong)
    if draft.words[place] == "I" and choice[:1].isupper():
        draft.words[place] = choice[:1]
    return draft.replace(place, end, choice)


def _long_words(draft: Draft, least: int) -> list[int]:
    return [place for place, word in draft.lowers() if len(word) >= least and word.isalpha()]


def typo(draft: Draft, random: Random) -> bool:
    """One slip of the fingers inside a word of four letters or more."""
    sites = _long_words(draft, 4)
    if not sites:
        return False
    place = random.choice(sites)
    word = draft.words[place]
    spot = random.randrange(1, len(word) - 1)
    letter = word[spot]
    slips = (
        word[:spot] + word[spot + 1 :],
        word[:spot] + letter + word[spot:],
        word[:spot] + word[spot + 1] + letter + word[spot + 2 :],
        word[:spot] + random.choice(NEIGHBOUR_KEYS.get(letter, "e")) + word[spot + 1 :],
        word[: spot + 1] + random.choice(NEIGHBOUR_KEYS.get(letter, "e")) + word[spot + 1 :],
    )
    new = random.choices(slips, (30, 15, 30, 15, 10))[0]
    return new != word and draft.replace(place, place + 1, new)


SOUNDS = (
    ("ei", "ie"), ("ie", "ei"), ("ance", "ence"), ("ence", "ance"), ("able", "ible"),
    ("ible", "able"), ("ph", "f"), ("ss", "s"), ("ll", "l"), ("mm", "m"), ("cc", "c"),
    ("pp", "p"), ("tt", "t"), ("rr", "r"), ("ff", "f"), ("nn", "n"), ("ely", "ly"),
    ("ary", "ery"), ("our", "or"), ("ful", "full"), ("er", "or"), ("ant", "ent"), ("ent", "ant"),
    ("ious", "ous"), ("sc", "s"), ("xc", "x"), ("ui", "i"), ("el", "le"), ("tion", "tiom"),
    ("iv", "ev"), ("des", "dis"), ("ically", "icly"), ("ment", "mant"), ("mis", "miss"),
    ("igh", "ig"), ("au", "a"), ("ou", "o"), ("ar", "er"), ("wh", "w"),
)  # fmt: skip


def phonetic(draft: Draft, random: Random) -> bool:
    """A word written as it sounds: intresting, neccesary, enuf."""
    sites = _long_words(draft, 5)
    if not sites:
        return False
    place = random.choice(sites)
    word = draft.words[place]
    fitting = [pair for pair in SOUNDS if word.find(pair[0]) > 0]
    if not fitting:
        return False
    right, wrong = random.choice(fitting)
    spot = word.rfind(right)
    return draft.replace(place, place + 1, word[:spot] + wrong + word[spot + len(right) :])


def apostrophe(draft: Draft, random: Random) -> bool:
    """dont, thats, Tuesdays meeting; now and then one too many (apple's)."""
    having = [
        place
        for place, word in enumerate(draft.words)
        if ("'" in word or "\u2019" in word) and word[0].isalpha() and draft.fixed[place] != LOCKED
    ]
    if having and random.random() < 0.85:
        place = random.choice(having)
        word = draft.words[place].replace("'", "").replace("\u2019", "")
        return draft.replace(place, place + 1, word)
    plurals = [
        place
        for place, word in draft.lowers()
        if len(word) > 4 and word.endswith("s") and word[-2] not in "sui'" and word.isalpha()
    ]
    if not plurals:
        return False
    place = random.choice(plurals)
    return draft.replace(place, place + 1, draft.words[place][:-1] + "'s")


FIRST_PERSON = ("I", "I'm", "I've", "I'll", "I'd")


def capital(draft: Draft, random: Random) -> bool:
    """A small letter for I, a weekday or the start."""
    sites = [
        place
        for place, word in enumerate(draft.words)
        if (word in FIRST_PERSON or word in LISTS["days"]) and not draft.fixed[place]
    ]
    if draft.words[0][:1].isupper() and not draft.fixed[0]:
        sites += [0, 0]
    if not sites:
        return False
    if random.random() < 0.4:  # whoever types i once types it all the way
        for place in sites:
            draft.words[place] = draft.words[place][:1].lower() + draft.words[place][1:]
        return True
    place = random.choice(sites)
    draft.words[place] = draft.words[place][:1].lower() + draft.words[place][1:]
    draft.fixed[place] = LOCKED
    return True


def ending(draft: Draft, random: Random) -> bool:
    """No full stop, or a full stop for a question mark."""
    if len(draft) < 4 or draft.words[-1] not in ".?" or not draft.words[-2][-1].isalpha():
        return False
    if draft.words[-1] == "?" and random.random() < 0.6:
        draft.words[-1] = "."
        return True
    if draft.fixed[-2] and len(draft.words[-2]) < 4:  # "U.S." must keep its stop
        return False
    draft.words.pop(), draft.gaps.pop(), draft.fixed.pop()
    return True


def comma(draft: Draft, random: Random) -> bool:
    """A missing comma after an opener or a clause, sometimes one too many before "that"."""
    commas = [
        place
        for place in range(1, len(draft) - 1)
        if draft.words[place] == "," and draft.gaps[place + 1] and draft.fixed[place] != LOCKED
    ]
    if commas and random.random() < 0.8:
        early = [place for place in commas if place < 3 and draft.at(place - 1) in LISTS["openers"]]
        place = random.choice(early or commas[:1])
        del draft.words[place], draft.gaps[place], draft.fixed[place]
        return True
    sites = [place for place, word in draft.lowers() if place > 2 and word in ("that", "because")]
    if not sites or draft.words[sites[0] - 1] in ",;:(" or draft.at(sites[0] + 1) in (",", "."):
        return False
    draft.insert(sites[0], ",")
    draft.gaps[sites[0]] = ""
    return True


def doubled(draft: Draft, random: Random) -> bool:
    """the the."""
    sites = [place for place, word in draft.lowers() if place and word in LISTS["doubled"]]
    if not sites:
        return False
    place = random.choice(sites)
    return draft.insert(place + 1, draft.words[place])


def missing(draft: Draft, random: Random) -> bool:
    """A small word left out; "to" most of all."""
    sites = [place for place, word in draft.lowers() if place and word in LISTS["droppable"]]
    sites = [place for place in sites if draft.at(place + 1)[:1].isalpha()]
    if not sites:
        return False
    to = [place for place in sites if draft.words[place] == "to"]
    return draft.delete(random.choice(to if to and random.random() < 0.5 else sites))


def spacing(draft: Draft, random: Random) -> bool:
    """A space before a comma or full stop, none after a comma, two between words."""
    free = [place for place in range(1, len(draft)) if draft.fixed[place] != LOCKED]
    marks = [place for place in free if draft.words[place] in ",?!"]
    if not marks or random.random() < 0.3:
        spaced = [place for place in free if draft.gaps[place]]
        if not spaced:
            return False
        place = random.choice(spaced)
        draft.gaps[place] = "  "
        return True
    place = random.choice(marks)
    if random.random() < 0.5 or place + 1 == len(draft):
        draft.gaps[place] = " "
    else:
        draft.gaps[place + 1] = ""
    return True
