"""What form of what word: closed word classes, irregular forms and suffix rules of English.

lemmas("went") & lemmas("going")         # {"go"}
is_word("receive"), is_name("berlin")    # (True, True)
"""

from functools import cache, lru_cache
from pathlib import Path

LEXICON = Path(__file__).parent / "lexicon.tsv"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


ARTICLES = _set("a an the")
DETERMINERS = ARTICLES | _set(
    "this that these those some any no every each either neither another my your his her its our"
    " their much many few little several all both such enough"
)
PREPOSITIONS = _set(
    "about above across after against along among amongst around as at before behind below beneath"
    " beside besides between beyond by concerning despite down during except for from in inside"
    " into like near of off on onto out outside over past per regarding since through throughout"
    " till to toward towards under until up upon via with within"
)
SUBJECT = {"i": "me", "he": "him", "she": "her", "we": "us", "they": "them", "who": "whom"}
PERSONS = (  # a change from one row to another speaks of somebody else
    _set("i me my mine myself"),
    _set("you your yours yourself yourselves"),
    _set("he him his himself"),
    _set("she her hers herself"),
    _set("it its itself"),
    _set("we us our ours ourselves"),
    _set("they them their theirs themselves"),
)
PRONOUNS = frozenset().union(*PERSONS)
BE = _set("be am is are was were been being")
HAVE = _set("have has had having")
DO = _set("do does did doing done")
MODALS = _set("can could may might must shall should will would")
AUXILIARIES = BE | HAVE | DO | MODALS
CONJUNCTIONS = _set("and but or nor so yet if because although though while whereas unless that")
RELATIVES = _set("who whom whose which that what where when why how whether")
LIGHT = _set("make take get go come have do be give want need see say let there here not very")
FUNCTION = (
    DETERMINERS | PREPOSITIONS | PRONOUNS | AUXILIARIES | CONJUNCTIONS | RELATIVES | LIGHT
) | _set("than then there to too also one ones other others else more most just not same own")
POLITE = _set(
    "please kindly thanks thank sorry apologies apologise apologize grateful appreciate"
    " unfortunately dear hello hi hey regards sincerely cheers welcome hope glad happy"
    " pleased delighted wonderful great absolutely awesome stupid idiot damn hell ridiculous"
    " idiotic immediately asap now"
)
FILLERS = _set("really very basically actually just quite simply literally honestly totally please")
CONTRACTED = {
    "n't": "not", "'m": "am", "'re": "are", "'ve": "have", "'ll": "will", "'d": "would",
    "'s": "is",
}  # fmt: skip
CHAT = {
    "u": "you", "ur": "your", "r": "are", "pls": "please", "plz": "please", "thx": "thanks",
    "tmrw": "tomorrow", "tonite": "tonight", "bc": "because", "cuz": "because", "b4": "before",
    "wanna": "want to",
    "gonna": "going to", "gotta": "have to", "kinda": "kind of", "dunno": "don't know",
    "lemme": "let me", "msg": "message", "ppl": "people", "thru": "through", "tho": "though",
}  # fmt: skip

_VERBS = """arise arose arisen|awake awoke awoken|be was been|be were been|be am been|be is been
be are been|bear bore borne|beat beat beaten|become became become|begin began begun|bend bent bent
bet bet bet|bind bound bound|bite bit bitten|bleed bled bled|blow blew blown|break broke broken
bring brought brought|build built built|burn burnt burnt|burst burst burst|buy bought bought
catch caught caught|choose chose chosen|cling clung clung|come came come|cost cost cost
creep crept crept|cut cut cut|deal dealt dealt|dig dug dug|do did done|draw drew drawn
dream dreamt dreamt|drink drank drunk|drive drove driven|eat ate eaten|fall fell fallen
feed fed fed|feel felt felt|fight fought fought|find found found|flee fled fled|fly flew flown
forbid forbade forbidden|forecast forecast forecast|forget forgot forgotten
forgive forgave forgiven|freeze froze frozen|get got gotten|get got got|give gave given
go went gone|grind ground ground|grow grew grown|hang hung hung|have had had|hear heard heard
hide hid hidden|hit hit hit|hold held held|hurt hurt hurt|keep kept kept|kneel knelt knelt
know knew known|lay laid laid|lead led led|lean leant leant|learn learnt learnt|leave left left
lend lent lent|let let let|lie lay lain|light lit lit|lose lost lost|make made made
mean meant meant|meet met met|mistake mistook mistaken|misunderstand misunderstood misunderstood
overcome overcame overcome|pay paid paid|prove proved proven|put put put|quit quit quit
read read read|ride rode ridden|ring rang rung|rise rose risen|run ran run|say said said
see saw seen|seek sought sought|sell sold sold|send sent sent|set set set|sew sewed sewn
shake shook shaken|shine shone shone|shoot shot shot|show showed shown|shrink shrank shrunk
shut shut shut|sing sang sung|sink sank sunk|sit sat sat|sleep slept slept|slide slid slid
speak spoke spoken|spell spelt spelt|spend spent spent|spin spun spun|split split split
spread spread spread|spring sprang sprung|stand stood stood|steal stole stolen|stick stuck stuck
sting stung stung|strike struck struck|swear swore sworn|sweep swept swept|swell swelled swollen
swim swam swum|swing swung swung|take took taken|teach taught taught|tear tore torn
tell told told|think thought thought|throw threw thrown|undergo underwent undergone
understand understood understood|undertake undertook undertaken|upset upset upset|wake woke woken
wear wore worn|weep wept wept|win won won|wind wound wound|withdraw withdrew withdrawn
write wrote written|can could could|will would would|shall should should|may might might"""
_NOUNS = """man men|woman women|child children|person people|foot feet|tooth teeth|mouse mice
goose geese|life lives|wife wives|knife knives|half halves|shelf shelves|leaf leaves
criterion criteria|phenomenon phenomena|analysis analyses|basis bases|crisis crises|datum data
index indices|appendix appendices|medium media|this these|that those|matrix matrices"""
_DEGREES = """good better best|bad worse worst|far further furthest|far farther farthest
little less least|many more most|well better best|much more most"""


@cache
def _irregular() -> dict[str, dict[str, str]]:
    """form -> {lemma: what it is}, for the forms that no suffix rule makes."""
    table: dict[str, dict[str, str]] = {}

    def add(rows: str, names: tuple[str, ...]) -> None:
        for row in rows.replace("\n", "|").split("|"):
            lemma, *forms = row.split()
            for form, name in zip(forms, names, strict=False):
                table.setdefault(form, {}).setdefault(lemma, name)

    add(_VERBS, ("past", "participle"))
    add(_NOUNS, ("plural",))
    add(_DEGREES, ("comparative", "superlative"))
    table |= {"has": {"have": "s"}, "does": {"do": "s"}, "is": {"be": "s"}, "am": {"be": "base"}}
    table["are"] = {"be": "base"}
    return table


def _stems(word: str, suffix: str) -> set[str]:
    """What `word` may be without `suffix`: doubled letters and a dropped e undone."""
    stem = word[: -len(suffix)]
    found = {stem, stem + "e"}
    if len(stem) > 2 and stem[-1] == stem[-2]:
        found.add(stem[:-1])
    if stem.endswith("i"):
        found.add(stem[:-1] + "y")
    if stem.endswith("y") and suffix == "ing":
        found.add(stem[:-1] + "ie")
    return found


SUFFIXES = {"ing": "ing", "ed": "past", "d": "past", "es": "s", "s": "s"}
DEGREES = {"er": "comparative", "est": "superlative", "r": "comparative", "st": "superlative"}


@lru_cache(maxsize=20_000)
def forms(word: str) -> dict[str, str]:
    """lemma -> form (base, s, past, participle, ing, plural, comparative, superlative)."""
    word = word.lower().replace("\u2019", "'")
    found = {word: "base"}
    for suffix, name in {**SUFFIXES, **DEGREES}.items():
        if word.endswith(suffix) and len(word) - len(suffix) >= 2 and not word.endswith("ss"):
            found |= {stem: name for stem in _stems(word, suffix)}
    return found | _irregular().get(word, {})


def lemmas(word: str) -> frozenset[str]:
    """Every word this could be a form of, itself included."""
    return frozenset(forms(word))


def shared_lemma(one: str, other: str) -> str | None:
    """The word both are forms of: a real one first, then the shortest."""
    common = lemmas(one) & lemmas(other)
    if not common:
        return None
    return min(common, key=lambda lemma: (not is_word(lemma), len(lemma), lemma))


DERIVED = (
    "ally ly ness ment ments ation ations ition tion tions sion ion ions ity ities ies al ial ful"
    " less able ible ance ence ency ancy ant ent ive ous ic ical er or ist y en ize ise es s ed ing"
).split()


def same_family(one: str, other: str) -> bool:
    """Whether two words differ in a suffix alone (quick, quickly; decide, decision)."""
    one, other = sorted((one.lower(), other.lower()), key=len)
    start = 0
    while start < len(one) and one[start] == other[start]:
        start += 1
    if start < 4 or len(one) - start > 4:
        return False
    return any(other.endswith(suffix) for suffix in DERIVED) and len(other) - start <= 6


@cache
def _lexicon() -> tuple[dict[str, int], dict[str, str]]:
    words, names = {}, {}
    for line in LEXICON.read_text(encoding="utf-8").splitlines():
        word, times = line.split("\t")
        words[word.lower()] = int(times)
        if word[0].isupper():
            names[word.lower()] = word
    return words, names


def frequency(word: str) -> int:
    """How often the word stands in the clean text that lexicon.tsv was counted from."""
    return _lexicon()[0].get(word.lower().replace("\u2019", "'"), 0)


@cache
def words() -> tuple[str, ...]:
    """Every word of the lexicon that is no name, commonest first, in lower case."""
    return tuple(word for word in _lexicon()[0] if word not in _lexicon()[1])


def is_verb(word: str) -> bool:
    """Whether the word may be the plain form of a verb: its -ing form is in the lexicon."""
    word = word.lower()
    ing = (word[:-1] if word.endswith("e") else word) + "ing"
    return word not in FUNCTION - LIGHT and any(map(frequency, (ing, word + word[-1:] + "ing")))


def is_name(word: str) -> bool:
    """Whether the word is nearly always written with a capital (Berlin, Monday, Maria)."""
    return word.lower() in _lexicon()[1]


@lru_cache(maxsize=20_000)
def is_word(word: str) -> bool:
    """Whether the word, or what it is a regular form of, is in the lexicon."""
    word = word.lower().replace("\u2019", "'")
    if frequency(word) or word in FUNCTION or word in _irregular():
        return True
    if word.endswith("'s"):
        return is_word(word[:-2])
    return any(
        word.endswith(suffix)
        and any(
            stem not in FUNCTION and frequency(stem) > 20 and _spells(stem, suffix, word)
            for stem in _stems(word, suffix)
        )
        for suffix in ("ing", "ed", "s", "es")
        if len(word) - len(suffix) >= 3
    )


def _spells(stem: str, suffix: str, word: str) -> bool:
    """Whether `stem` with `suffix` is written as `word` by the usual rules."""
    vowels = "aeiou"
    if suffix in ("s", "es"):
        if stem.endswith("y") and stem[-2:-1] not in vowels:
            return word == stem[:-1] + "ies"
        hissing = stem.endswith(("s", "x", "z", "ch", "sh"))
        return word == stem + ("es" if hissing else "s")
    if stem.endswith("e") and not stem.endswith("ee"):
        return word == stem[:-1] + suffix
    if suffix == "ed" and stem.endswith("y") and stem[-2:-1] not in vowels:
        return word == stem[:-1] + "ied"
    doubled = len(stem) > 2 and stem[-1] not in "aeiouwxy" and stem[-2] in vowels
    doubles = doubled and stem[-3] not in vowels and len(stem) <= 4
    return word == stem + (stem[-1] if doubles else "") + suffix
