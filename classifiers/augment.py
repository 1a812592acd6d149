"""Small changes of a text that must not move its tone: typing slips, other names and pronouns.

typo("Could you send the file?", random.Random(0)); swap_people("Ask Anna if he knows.", rng)
"""

import random
import re

NAMES = tuple(
    """Anna James Priya Mohammed Wei Fatima Chidi Olga Juan Aisha Kenji Ingrid Kwame Mei Dmitri
    Latoya Connor Yusuf Sofia Rajesh Emily Hiroshi Guadalupe Ahmed Siobhan Tyrone Leila Pierre Nneka
    Thomas Svetlana Jamal Maria Sanjay Hannah Abdul Chloe Nguyen Zainab Erik Rosa Tariq Linda
    Babak Karen Omar Greta Tunde Michael Yuki Carlos Amara David Ling Ivan Keisha Patrick Samira
    Henrik Lakshmi John Mary Robert Susan Alejandro Noor Bjorn Imani Paolo Thandiwe""".split()
)
KNOWN_NAMES = frozenset(NAMES) | frozenset(
    """Tom Mark Sarah Peter Paul Laura Kate Lisa Mike Steve Jane Jack Ben Sam Daniel Rachel Jenny
    Alex Chris Martin Lucy Helen George Julia Emma Oliver Tony Frank Nina Eva Marta Diego Ravi
    Anita Deepa Farid Hassan Jin Min Lena Klaus Joost Femi Grace Ngozi Bruno Clara Ines Marek
    Piotr Katya Nadia Elif Mehmet Arjun Meera Tanaka Sato Kim Park Chen Li Kofi Ama""".split()
)
PRONOUNS = {
    "he": "she",
    "she": "he",
    "him": "her",
    "his": "her",
    "her": "his",
    "hers": "his",
    "himself": "herself",
    "herself": "himself",
    "mr": "Mrs",
    "mrs": "Mr",
    "ms": "Mr",
    "sir": "madam",
    "madam": "sir",
    "man": "woman",
    "woman": "man",
    "guy": "girl",
    "boy": "girl",
    "girl": "boy",
    "men": "women",
    "women": "men",
    "wife": "husband",
    "husband": "wife",
    "mother": "father",
    "father": "mother",
    "son": "daughter",
    "daughter": "son",
    "brother": "sister",
    "sister": "brother",
}
# What follows "her" when it is the object ("tell her that ...") and so becomes "him", not "his".
OBJECT_NEXT = frozenset(
    "to that if and or for when in on at about the a what how by . , ! ?".split()
)
KEYBOARD = {
    "a": "sq",
    "b": "vn",
    "c": "xv",
    "d": "sf",
    "e": "wr",
    "f": "dg",
    "g": "fh",
    "h": "gj",
    "i": "uo",
    "j": "hk",
    "k": "jl",
    "l": "k",
    "m": "n",
    "n": "bm",
    "o": "ip",
    "p": "o",
    "r": "et",
    "s": "ad",
    "t": "ry",
    "u": "yi",
    "v": "cb",
    "w": "qe",
    "y": "tu",
}
CONFUSIONS = {
    "your": "you're",
    "you're": "your",
    "their": "there",
    "there": "their",
    "its": "it's",
    "it's": "its",
    "receive": "recieve",
    "the": "teh",
    "and": "adn",
    "definitely": "definately",
    "than": "then",
    "address": "adress",
    "tomorrow": "tommorow",
    "until": "untill",
    "which": "wich",
    "sincerely": "sincerly",
    "because": "becuase",
}
WORD = re.compile(r"[A-Za-z][A-Za-z']*")
TOKEN = re.compile(r"[A-Za-z][A-Za-z']*|[^A-Za-z]+")


def typo(text: str, rng: random.Random, share: float = 0.12) -> str:
    """`text` with about `share` of its words misspelt (at least one), case and marks slipping."""
    words = [found for found in WORD.finditer(text) if len(found.group()) > 2]
    if not words:
        return text
    slips = max(1, round(share * len(words)))
    chosen = rng.sample(words, min(slips, len(words)))
    for match in sorted(chosen, key=lambda found: -found.start()):
        text = text[: match.start()] + _slip(match.group(), rng) + text[match.end() :]
    if rng.random() < 0.2:
        text = text[0].lower() + text[1:]
    if rng.random() < 0.15 and text[-1] in ".!":
        text = text[:-1]
    return text


def swap_people(text: str, rng: random.Random) -> str:
    """`text` with every given name replaced by another one and the gender of pronouns turned."""
    chosen: dict[str, str] = {}
    tokens = TOKEN.findall(text)
    return "".join(_swap(tokens, place, chosen, rng) for place in range(len(tokens)))


def has_people(text: str) -> bool:
    """Whether swap_people would change something in `text`."""
    words = WORD.findall(text)
    return any(word in KNOWN_NAMES or word.lower() in PRONOUNS for word in words)


def _swap(tokens: list[str], place: int, chosen: dict[str, str], rng: random.Random) -> str:
    word = tokens[place]
    if word in KNOWN_NAMES:
        if word not in chosen:
            chosen[word] = rng.choice([name for name in NAMES if name != word])
        return chosen[word]
    swapped = PRONOUNS.get(word.lower())
    if swapped is None:
        return word
    if word.lower() == "her" and _next_word(tokens, place) in OBJECT_NEXT:
        swapped = "him"
    return swapped.capitalize() if word[0].isupper() else swapped


def _next_word(tokens: list[str], place: int) -> str:
    rest = "".join(tokens[place + 1 : place + 3]).strip().lower()
    return rest.split(" ")[0] if rest and rest[0].isalpha() else rest[:1] or "."


def _slip(word: str, rng: random.Random) -> str:
    confused = CONFUSIONS.get(word.lower())
    if confused and rng.random() < 0.5:
        return confused.capitalize() if word[0].isupper() else confused
    at = rng.randrange(1, len(word) - 1)
    kind = rng.choice(("swap", "drop", "double", "neighbour"))
    if kind == "swap" and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == "drop":
        return word[:at] + word[at + 1 :]
    if kind == "double":
        return word[:at] + word[at] + word[at:]
    return word[:at] + rng.choice(KEYBOARD.get(word[at].lower(), "e")) + word[at + 1 :]
