"""The rule checker in process (Harper): what it would change, and which of it can be trusted.

suggest("I recieve teh mail")        # two suggestions with candidates
apply_confident("I recieve teh mail")    # "I receive the mail"
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from proofreader import harper
from proofreader.alignment import tokens
from proofreader.inflection import FUNCTION, frequency, is_word
from proofreader.kinds import classify
from proofreader.names import names_of, starts_sentence
from proofreader.spelling import guesses

CANDIDATES = 4
SURE, CLEAR = 7.0, 1.0  # a guess below SURE that leads by CLEAR was right 195 times in 227 (JFLEG)


@dataclass(frozen=True)
class Suggestion:
    """source[start:end] == before may become one of `candidates`, the likeliest first.

    `confident` means that the first may be taken without asking a model.
    """

    start: int
    end: int
    before: str
    candidates: tuple[str, ...]
    kind: str
    message: str
    confident: bool = False
    rule: str = ""


# results/rules.json: what the rules did on 754 learners' and 28,359 clean sentences. Left out are
# those that fire on clean text and seldom help, and those that are a matter of taste.
LEFT_OUT = frozenset(
    "OxfordComma OrthographicConsistency DisjointPrefixes NumericRangeEnDash CondenseAllThe Spaces"
    " Dashes MissingTo OkToOkay WrongNegative AvoidAndAlso NounVerbConfusion RoadMap ThereToTheir"
    " CommaFixes UseEllipsisCharacter ExpandMemoryShorthands Excellent InflectedVerbAfterTo"
    " Regionalisms HowTo ItsPossessive UpdatePlaceNames ModalBeAdjective FindOut SingleBe"
    " MissingDeterminer PhrasalVerbAsCompoundNoun QuantifierNeedsOf QuiteQuiet Everyday"
    " LitotesDirectPositive ProgressiveNeedsBe RedundantThat TheProperNounPossessive"
    " WhomSubjectOfVerb EllipsisLength HaveTakeALook LetsConfusion NominalWants Oftentimes"
    " PronounKnew WouldNeverHave AWhile AdjectiveOfA AvoidCurses CallThem Codebase Damages"
    " DayOneNames ExpandConfiguration Freezing GoogleNames RedundantFirsts SendAnEmailTo"
    " SubjunctiveWasToWere TheHowWhy ThisTypeOfThing ToAdverb WayTooAdjective WillNonLemma"
    " Worldwide NationalCapitals DoubleModal VeryLess WantBe LongSentences ExpandControl"
    " ExpandLegitimate ExpandMinimum ExpandThrough ExpandTimeShorthands Starving BoringWords"
    " SpelledNumbers AvoidContractions MakeupCompoundNoun CompoundNouns".split()
)
DOUBTFUL = frozenset(  # shown to the model, never taken without it
    "SplitWords MassNouns MissingPreposition PronounVerbAgreement DiscourseMarkers ToTwoToo"
    " MergeWords ThereIsAgreement OneOfTheSingular ThatThan ItsContraction TheyToThem"
    " PluralWrongWordOfPhrase PossessiveYour CorrectNumberSuffix QuoteSpacing UnclosedQuotes"
    " SimplePastToPastParticiple TheirToThere TheirToTheyre PronounContraction".split()
)
ERRORS = frozenset(  # the kinds of Harper that name mistakes; the rest (Style, ...) are taste
    "Spelling Typo BoundaryError Eggcorn Malapropism Capitalization Punctuation Grammar Agreement"
    " Repetition Nonstandard Miscellaneous Usage WordChoice".split()
)
SURE_WORDS = frozenset({"ModalOf"})  # the rules of Harper's kind WordChoice taken without a model


def everything(source: str) -> list[Suggestion]:
    """All that Harper says, unfiltered, as suggestions over whole spans."""
    result = []
    for rule, lint in harper.lints(source):
        start, end = lint.span.start, lint.span.end
        before = source[start:end]
        candidates = tuple(dict.fromkeys(_replacement(before, s) for s in lint.suggestions))
        result.append(
            Suggestion(start, end, before, candidates, lint.lint_kind, lint.message, False, rule)
        )
    return sorted(result, key=lambda found: (found.start, found.end))


def _replacement(before: str, suggestion: Any) -> str:
    kind = suggestion.kind.name
    if kind == "REMOVE":
        return ""
    return (
        before + suggestion.replacement_text
        if kind == "INSERT_AFTER"
        else suggestion.replacement_text
    )


def suggest(source: str, dictionary: frozenset[str] = frozenset()) -> list[Suggestion]:
    """What may be wrong in a text, sorted, no two overlapping; `dictionary` words are right."""
    words = {word.lower() for word in dictionary}
    found: list[Suggestion] = []
    for lint in everything(source):
        if lint.before.lower() in words or lint.rule in LEFT_OUT or not lint.candidates:
            continue
        # of "weding" Harper says only that it may be "we ding": a spelling like any other
        spelling = lint.rule == "SpellCheck" or (
            lint.rule == "SplitWords" and lint.before.isalpha()
        )
        better = _spelling(source, lint) if spelling else _rule(source, lint)
        if better is not None and not (found and better.start < found[-1].end):
            found.append(better)
    return found


def apply_confident(source: str, dictionary: frozenset[str] = frozenset()) -> str:
    """The text with the first candidate of every confident suggestion."""
    for found in reversed(suggest(source, dictionary)):
        if found.confident:
            source = source[: found.start] + found.candidates[0] + source[found.end :]
    return source


def _spelling(source: str, lint: Suggestion) -> Suggestion | None:
    """Better candidates for an unknown word, None where it is right somewhere or a name."""
    word, plain = lint.before, lint.before.lower()
    cased = [text for text in lint.candidates if text.lower() == plain]
    if cased and not any(map(str.isupper, word)):
        return _made(lint, (cased[0],), "capitalisation", True)
    if not plain.replace("'", "").isalpha() or harper.spelt_right(word):
        return None
    first = starts_sentence(source, lint.start)
    if any(map(str.isupper, word[1:])) or (word[0].isupper() and not first):
        return None
    ranked = guesses(plain, lint.candidates)
    if not ranked or names_of(source).is_term(word, ranked[0].text):
        return None
    clear = len(ranked) == 1 or ranked[1].score - ranked[0].score >= CLEAR
    sure = ranked[0].score <= SURE and clear
    if first and word[0].isupper():
        sure = sure and frequency(ranked[0].text.split()[0]) > 50
        texts = tuple(guess.text[0].upper() + guess.text[1:] for guess in ranked)
    else:
        texts = tuple(guess.text for guess in ranked)
    return _made(lint, texts, "spelling", sure)


def _made(lint: Suggestion, texts: tuple[str, ...], kind: str, sure: bool) -> Suggestion:
    chosen = texts[:CANDIDATES]
    return replace(lint, candidates=chosen, kind=kind, confident=sure)


def _rule(source: str, lint: Suggestion) -> Suggestion | None:
    if lint.kind not in ERRORS:
        return None
    sure = lint.rule not in DOUBTFUL and (lint.kind != "WordChoice" or lint.rule in SURE_WORDS)
    if lint.rule == "AnA":
        sure = _article_is_sure(source, lint.end)
    elif lint.rule == "SentenceCapitalization":
        sure = _sentence_is_sure(source, lint)
    elif lint.rule == "RepeatedWords":
        sure = lint.before.lower().split()[0] in FUNCTION - {"that", "had", "very", "her", "you"}
    elif len(lint.candidates) > 1:
        sure = False
    return _made(lint, lint.candidates, _kind(lint), sure)


def _kind(lint: Suggestion) -> str:
    """The kind that an edit to the first candidate would have."""
    before, after = ([token.text for token in tokens(t)] for t in (lint.before, lint.candidates[0]))
    return classify(before, after).kind


def _article_is_sure(source: str, end: int) -> bool:
    """Whether the word after a/an is an ordinary one, whose sound its letters tell."""
    following = source[end:].split()
    word = following[0].strip(".,;:!?") if following else ""
    return word.isalpha() and word.islower() and is_word(word) and word[0] not in "hu"


def _sentence_is_sure(source: str, lint: Suggestion) -> bool:
    """Whether a whole sentence begins here, not an item of a list or a name like iPhone."""
    rest = source[lint.start :].split("\n")[0]
    sentence = re.match(r".+?[.!?](?=[\s\"')]|$)", rest)
    return sentence is not None and len(sentence[0].split()) > 2


def substitute(text: str, choices: list[tuple[Suggestion, str]]) -> str:
    """`text` with each suggestion's span replaced; of overlapping ones the first counts."""
    pieces, position = [], 0
    for suggestion, candidate in sorted(choices, key=lambda choice: choice[0].start):
        if suggestion.start >= position:
            pieces += [text[position : suggestion.start], candidate]
            position = suggestion.end
    return "".join([*pieces, text[position:]])
