"""Mistakes of people who write English as their second language. One function, one kind.

Each takes a Draft and a random.Random and returns whether it changed something.
"""

from random import Random

from training.inflect import BASES, ING, NOUN_PLURALS, PARTICIPLE, PAST, THIRD, ing, past, with_s
from training.mistake_draft import Draft
from training.mistake_words import (
    COMPARATIVE,
    IRREGULAR,
    LISTS,
    NOUNS,
    PREPOSITIONS,
    REGULAR,
    SUPERLATIVE,
    UNCOUNTABLE,
)

TO_BE = {"is": ("are",), "are": ("is",), "was": ("were",), "were": ("was",), "am": ("is", "are"),
         "has": ("have",), "have": ("has",), "does": ("do",), "do": ("does",),
         "doesn't": ("don't",), "don't": ("doesn't",), "isn't": ("aren't",), "aren't": ("isn't",),
         "wasn't": ("weren't",), "hasn't": ("haven't",)}  # fmt: skip


def _pick(draft: Draft, random: Random, sites: list[tuple[int, int, str]]) -> bool:
    """Carry out one of (start, end, new words), if there is any."""
    return bool(sites) and draft.replace(*random.choice(sites))


def agreement(draft: Draft, random: Random) -> bool:
    """She have, they was, he work, people is."""
    sites = []
    for place, word in draft.lowers():
        if word in TO_BE:
            if draft.at(place - 1) in LISTS["modals"] or (draft.at(place - 1) == "to"):
                continue
            sites += [(place, place + 1, random.choice(TO_BE[word]))] * 2
        elif word in THIRD and (
            draft.at(place - 1) in LISTS["pronouns_singular"] or THIRD[word] not in NOUNS
        ):
            sites.append((place, place + 1, THIRD[word]))
        elif word in BASES and draft.at(place - 1) in LISTS["pronouns_plural"]:
            sites.append((place, place + 1, with_s(word) if word != "have" else "has"))
    return _pick(draft, random, sites)


def _past_of(base: str) -> str:
    return IRREGULAR[base][0] if base in IRREGULAR else past(base)


HAVE_OR_BE = frozenset("have has had is are was were been be".split())
DO_OR_TO = frozenset("did didn't to don't doesn't".split())
BE = frozenset("is are am was were i'm been".split())


def _after_auxiliary(word: str, before: str, random: Random) -> str | None:
    """What could wrongly stand for `word` after the auxiliary or preposition `before`."""
    if word in BASES and (before in LISTS["modals"] or before in DO_OR_TO):
        other = "to " + word if before != "to" else _past_of(word)
        return random.choice((_past_of(word), ing(word), with_s(word), other))
    if word in PARTICIPLE and before in HAVE_OR_BE:
        base = PARTICIPLE[word]
        past_form = IRREGULAR[base][0] if base in IRREGULAR else base
        return random.choice((base, past_form, past_form))
    if word in ING and (before in BE or before in LISTS["gerund_after"]):
        return random.choice((ING[word], "to " + ING[word]))
    return None


def verb_form(draft: Draft, random: Random) -> bool:
    """have went, can to go, didn't knew, was ask, without ask."""
    sites = []
    for place, word in draft.lowers():
        new = _after_auxiliary(word, draft.at(place - 1), random)
        if new and new != word:
            sites.append((place, place + 1, new))
    return _pick(draft, random, sites)


def tense(draft: Draft, random: Random) -> bool:
    """A present form for a past one, goed, I seen it, we are knowing."""
    sites = []
    for place, word in draft.lowers():
        before = draft.at(place - 1)
        if word in PAST and (
            before in LISTS["subjects"] or (PAST[word] in REGULAR and word not in NOUNS)
        ):
            base = PAST[word]
            wrong = [base]
            if base in IRREGULAR:
                wrong += [past(base), IRREGULAR[base][1], "have " + IRREGULAR[base][1]]
            sites.append((place, place + 1, random.choice(wrong)))
        elif (
            word in ("know", "want", "need", "like", "believe", "think", "have")
            and before in LISTS["subjects"]
        ):
            be = {"i": "am", "he": "is", "she": "is", "it": "is"}.get(before, "are")
            sites.append((place, place + 1, f"{be} {ing(word)}"))
        elif word == "will" and before in LISTS["subjects"]:
            sites.append((place, place + 1, "would"))
    sites = [site for site in sites if draft.lower(site[0]) != site[2]]
    return _pick(draft, random, sites)


def article(draft: Draft, random: Random) -> bool:
    """A missing, needless or wrong a, an, the."""
    kind = random.random()
    places = [(place, word) for place, word in draft.lowers() if word in ("a", "an", "the")]
    places = [(place, word) for place, word in places if draft.at(place + 1)[:1].isalpha()]
    if kind < 0.22:
        sites = []
        for place, word in draft.lowers():
            if not place or draft.at(place - 1) in ("the", "a", "an", "this", "my", "your", "our"):
                continue
            before = draft.at(place - 1)
            if before in PREPOSITIONS and word in NOUN_PLURALS:
                sites.append((place, place + 1, "the " + word))
            elif word in UNCOUNTABLE:
                sites.append((place, place + 1, random.choice(("the ", "a ")) + word))
        return _pick(draft, random, sites)
    if not places:
        return False
    place, word = random.choice(places)
    if kind < 0.68:
        return draft.delete(place)
    if word == "the" or kind > 0.9:
        return draft.replace(place, place + 1, "a" if word == "the" else "the")
    return draft.replace(place, place + 1, "an" if word == "a" else "a")


def preposition(draft: Draft, random: Random) -> bool:
    """in Monday, married with."""
    sites = [
        (place, place + 1, wrong[min(int(random.expovariate(1.2)), len(wrong) - 1)])
        for place, word in draft.lowers()
        if (wrong := PREPOSITIONS.get(word)) and draft.at(place + 1) not in BASES
    ]
    return _pick(draft, random, sites)


def since_for(draft: Draft, random: Random) -> bool:
    """since three years, for Monday, work here since two months."""
    sites = []
    for place, word in draft.lowers():
        span = [draft.at(place + step) for step in (1, 2, 3, 4)]
        if word == "for" and span[0] in LISTS["amounts"] and LISTS["durations"].intersection(span):
            sites.append((place, place + 1, random.choice(("since", "since", "during", "from"))))
        elif word == "for" and span[0].isdigit() and span[1] in LISTS["durations"]:
            sites.append((place, place + 1, "since"))
        elif (
            word == "since"
            and draft.words[place + 1 : place + 2]
            and (
                draft.words[place + 1][0].isupper()
                or span[0] in ("last", "yesterday")
                or span[0].isdigit()
            )
        ):
            sites.append((place, place + 1, random.choice(("for", "from"))))
        elif word == "ago" and draft.at(place - 1) in LISTS["durations"]:
            sites.append((place, place + 1, "before"))
    return _pick(draft, random, sites)


def number(draft: Draft, random: Random) -> bool:
    """many problem, a documents, informations, this things, much people."""
    sites = []
    for place, word in draft.lowers():
        before = draft.at(place - 1)
        if word in NOUN_PLURALS and (before in LISTS["plural_after"] or before[:1].isdigit()):
            sites += [(place, place + 1, NOUN_PLURALS[word])] * 3
        elif word in NOUN_PLURALS:
            sites.append((place, place + 1, NOUN_PLURALS[word]))
        elif word in NOUNS and before in LISTS["singular_after"]:
            sites.append((place, place + 1, with_s(word)))
        elif word in UNCOUNTABLE:
            sites += [(place, place + 1, UNCOUNTABLE[word])] * 3
        elif word in ("this", "these", "that", "those") and draft.at(place + 1) in NOUNS | set(
            NOUN_PLURALS
        ):
            other = {"this": "these", "these": "this", "that": "those", "those": "that"}[word]
            sites += [(place, place + 1, other)] * 2
        elif word in ("much", "many", "less", "fewer"):
            other = {"much": "many", "many": "much", "less": "fewer", "fewer": "less"}[word]
            sites.append((place, place + 1, other))
    return _pick(draft, random, sites)


def comparative(draft: Draft, random: Random) -> bool:
    """more better, more easy, the most biggest, worser."""
    sites = []
    for place, word in draft.lowers():
        if draft.at(place - 1) in ("more", "most", "much", "two"):
            continue
        if word in COMPARATIVE and word not in ("later", "earlier", "longer", "older"):
            sites += [
                (place, place + 1, f"more {word}"),
                (place, place + 1, f"more {COMPARATIVE[word]}"),
            ]
        elif word in SUPERLATIVE and word != "latest":
            plain = SUPERLATIVE[word]
            sites += [(place, place + 1, f"most {word}"), (place, place + 1, f"most {plain}")]
        elif word == "than":
            sites.append((place, place + 1, random.choice(("then", "that", "as"))))
    return _pick(draft, random, sites)


# Never he for she or his for her: nothing in the sentence would say which was meant.
PRONOUNS = {
    "me": ("I", "myself"), "them": ("they", "it"), "him": ("he",), "us": ("we",),
    "who": ("which",), "which": ("what", "who"), "they": ("them",), "she": ("her",), "he": ("him",),
    "our": ("us", "ours"), "my": ("me", "mine"), "those": ("them",), "anything": ("nothing",),
    "anyone": ("no one",), "ever": ("never",), "whom": ("who",),
}  # fmt: skip


def pronoun(draft: Draft, random: Random) -> bool:
    """me and Anna went, contact myself, the man which, they for them."""
    sites = [
        (place, place + 1, random.choice(PRONOUNS[word]))
        for place, word in draft.lowers()
        if word in PRONOUNS
    ]
    return _pick(draft, random, sites)


def subject_dropped(draft: Draft, random: Random) -> bool:
    """Is important to, because is late."""
    sites = [
        place
        for place, word in draft.lowers()
        if word in ("it", "there", "i", "we") and draft.at(place + 1) in LISTS["auxiliary"]
    ]
    return bool(sites) and draft.delete(random.choice(sites))


def word_order(draft: Draft, random: Random) -> bool:
    """I go always, could you tell me where is it, when you will come."""
    sites = []
    for place, word in draft.lowers():
        following, third = draft.lower(place + 1), draft.lower(place + 2)
        if word in LISTS["adverbs"] and (following in BASES or following in THIRD | PAST):
            sites.append((place, place + 2, f"{following} {word}"))
        elif word in LISTS["question"] and _inverts(following, third, place):
            sites.append((place + 1, place + 3, f"{third} {following}"))
        elif word == "not" and following == "to":
            sites.append((place, place + 2, "to not"))
        elif word == "enough" and following in NOUNS:
            sites.append((place, place + 2, f"{following} enough"))
        elif place == 0 and _inverts(word, following, 0) and draft.words[-1] == "?":
            sites.append((place, place + 2, f"{following.capitalize()} {word}"))
    return _pick(draft, random, [(low, high, _with_i(new)) for low, high, new in sites])


def _inverts(first: str, second: str, place: int) -> bool:
    """Whether swapping these makes a question of a statement or, after the start, the reverse."""
    if first in LISTS["auxiliary"]:
        return second in LISTS["subjects"]
    return place > 0 and first in LISTS["subjects"] and second in LISTS["auxiliary"]


def _with_i(words: str) -> str:
    return " ".join("I" if word == "i" else word for word in words.split(" "))


def adverb(draft: Draft, random: Random) -> bool:
    """works proper, did it good, real nice."""
    sites = []
    for place, word in draft.lowers():
        if word == "well" and draft.at(place - 1) not in ("as", "", ","):
            sites.append((place, place + 1, "good"))
        elif len(word) > 6 and word.endswith("ly") and place:
            stem = word[:-3] + "y" if word.endswith("ily") else word[:-2]
            if not stem.endswith(("b", "p", "i", "mp", "ib")):
                sites.append((place, place + 1, stem))
    return _pick(draft, random, sites)
