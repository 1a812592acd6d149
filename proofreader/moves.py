"""Tell moved words from exchanged ones: of a sentence's rewordings, those that only move words.

"Can you explain me how [is calculated] the price[ is calculated]?" is one change of word order,
"the [door of the] shed[ door]" too; "the [important] point" is none.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from proofreader.alignment import tokens
from proofreader.edits import Edit, apply
from proofreader.inflection import FUNCTION, is_word, lemmas
from proofreader.marks import quote

SURE = 0.5  # of every single edit; of 32 edits that this lets through on dev sets 22 were needed
PARTS = 3  # edits that make up one move, at most


def content(text: str) -> Counter[str]:
    """The words of a text that carry its meaning, each in its base form, possessives without 's."""
    found: Counter[str] = Counter()
    for token in tokens(text):
        word = token.text.lower().replace("\u2019", "'").removesuffix("'s").removesuffix("s'")
        if token.wordy and word not in FUNCTION:
            found[min(lemmas(word), key=lambda lemma: (not is_word(lemma), len(lemma), lemma))] += 1
    return found


def moves(edits: Sequence[Edit], able: Sequence[int]) -> list[tuple[int, ...]]:
    """Places in `edits`, of those in `able`, that together take away and bring the same words.

    Fewer edits go first; no place comes twice.
    """
    sides = {n: (content(edits[n].before), content(edits[n].after)) for n in able}
    found: list[tuple[int, ...]] = []
    for size in range(1, PARTS + 1):
        for group in combinations(able, size):
            taken = {place for one in found for place in one}
            old = sum((sides[n][0] for n in group), Counter())
            if old and not taken & {*group} and old == sum((sides[n][1] for n in group), Counter()):
                found.append(group)
    return found


def merged(edits: Sequence[Edit], original: str) -> Edit:
    """One edit for several and what lies between them: it is taken or left as a whole."""
    start, end = edits[0].start, edits[-1].end
    shifted = [replace(edit, start=edit.start - start, end=edit.end - start) for edit in edits]
    before = original[start:end]
    after = apply(before, shifted)
    same = list(content(before)) == list(content(after))
    kind, name = ("verb form", "Verb form") if same else ("word order", "Word order")
    reason = f"{name}: {quote([before.strip()])} -> {quote([after.strip()])}."
    sure = min(edit.confidence for edit in edits)
    return Edit(start, end, before, after, kind, reason, sure, edits[0].source)
