"""Words that writers take for each other, and what to say about them.

confusion("its", "it's")    # '"its" means belonging to it; here "it's" = "it is" or "it has".'
"""

from proofreader.inflection import SUBJECT

MEANINGS = {
    "its": "belonging to it",
    "it's": '"it is" or "it has"',
    "their": "belonging to them",
    "there": "a place, or that something exists",
    "they're": '"they are"',
    "your": "belonging to you",
    "you're": '"you are"',
    "then": "at that time, or next",
    "than": "compared with",
    "affect": "to have an influence on",
    "effect": "a result",
    "affects": "has an influence on",
    "effects": "results",
    "loose": "not tight",
    "lose": "to no longer have",
    "loosing": "making loose",
    "losing": "no longer having",
    "to": "towards, or before a verb",
    "too": "also, or more than enough",
    "two": "the number 2",
    "who's": '"who is" or "who has"',
    "whose": "belonging to whom",
    "were": 'a past form of "be"',
    "where": "in what place",
    "we're": '"we are"',
    "accept": "to take or agree to",
    "except": "apart from",
    "advice": "a recommendation (noun)",
    "advise": "to recommend (verb)",
    "quite": "fairly",
    "quiet": "with little noise",
    "weather": "rain or sunshine",
    "whether": "if",
    "passed": "went by, or handed over",
    "past": "time gone by, or beyond",
    "principal": "main, or head of a school",
    "principle": "a rule",
    "complement": "something that completes",
    "compliment": "praise",
    "stationary": "not moving",
    "stationery": "paper and pens",
    "form": "a shape, or a document to fill in",
    "from": "out of, or starting at",
    "of": "belonging to",
    "off": "away, or not on",
    "have": "a helping verb",
    "know": "to have in mind",
    "no": "not any",
    "now": "at this time",
    "new": "not old",
    "knew": "had in mind",
    "here": "in this place",
    "hear": "to listen to",
    "buy": "to pay for",
    "by": "through, or next to",
    "bye": "goodbye",
    "break": "a pause, or to damage",
    "brake": "what stops a car",
    "peace": "no war",
    "piece": "a part",
    "right": "correct",
    "write": "to put in words",
    "week": "seven days",
    "weak": "not strong",
    "meet": "to come together",
    "meat": "food from animals",
    "sale": "the act of selling",
    "sell": "to give for money",
    "cite": "to quote",
    "site": "a place",
    "sight": "what is seen",
    "council": "a group that decides",
    "counsel": "advice, or a lawyer",
    "everyday": "ordinary (before a noun)",
    "every day": "each day",
    "maybe": "perhaps",
    "may be": "is possibly",
    "apart": "separated",
    "a part": "one piece",
    "lead": "to go first, or a metal",
    "led": 'the past of "lead"',
    "choose": "to pick",
    "chose": 'the past of "choose"',
    "breath": "air taken in (noun)",
    "breathe": "to take in air (verb)",
    "though": "although",
    "through": "from one end to the other",
    "thought": "an idea",
    "thorough": "complete",
    "personal": "private",
    "personnel": "staff",
    "desert": "dry land",
    "dessert": "a sweet dish",
    "are": 'a form of "be"',
    "our": "belonging to us",
    "an": "the article before a vowel sound",
    "and": "also",
    "live": "to be alive, or to have a home",
    "leave": "to go away",
    "leaving": "going away",
    "living": "having a home",
    "sit": "to take a seat",
    "set": "to put",
    "as": "in the way that",
    "has": 'a form of "have"',
    "is": 'a form of "be"',
    "his": "belonging to him",
    "on": "resting upon",
    "one": "the number 1",
    "insure": "to cover against loss",
    "ensure": "to make certain",
    "forth": "forward",
    "fourth": "number four in order",
    "lets": "allows",
    "let's": '"let us"',
    "wont": "a habit",
    "won't": '"will not"',
    "cant": "insincere talk",
    "can't": '"cannot"',
    "ill": "sick",
    "i'll": '"I will"',
    "id": "a proof of identity",
    "i'd": '"I would" or "I had"',
    "well": "in a good way",
    "we'll": '"we will"',
    "shell": "a hard cover",
    "she'll": '"she will"',
    "role": "a part to play",
    "roll": "to turn over, or a list",
    "rain": "water from the sky",
    "rein": "a strap for a horse",
    "waste": "to use badly",
    "waist": "the middle of the body",
    "threw": 'the past of "throw"',
    "wander": "to walk about",
    "wonder": "to ask oneself",
    "moral": "about right and wrong",
    "morale": "confidence of a group",
    "precede": "to come before",
    "proceed": "to go on",
    "device": "a tool (noun)",
    "devise": "to think up (verb)",
    "practice": "a habit (noun)",
    "practise": "to train (verb)",
    "which": "what one",
    "witch": "a woman with magic",
    "angle": "a corner",
    "angel": "a heavenly being",
    "plain": "simple",
    "plane": "an aircraft",
    "allowed": "permitted",
    "aloud": "so that it can be heard",
    "expect": "to think that something will come",
    "suspect": "to think that something is wrong",
    "brought": 'the past of "bring"',
    "bought": 'the past of "buy"',
    "fell": 'the past of "fall"',
    "feel": "to have a feeling",
    "tough": "hard",
    "taught": 'the past of "teach"',
    "hole": "an opening",
    "whole": "all of it",
    "seen": 'a form of "see"',
    "scene": "a place, or part of a play",
    "some time": "a while",
    "sometime": "at some point",
    "sometimes": "now and then",
}
GROUPS = (
    "its it's|their there they're|your you're|then than|affect effect|affects effects|loose lose"
    "|loosing losing|to too two|who's whose|were where we're|accept except|advice advise"
    "|quite quiet|weather whether|passed past|principal principle|complement compliment"
    "|stationary stationery|form from|of off|of have|know no now|new knew|here hear|buy by bye"
    "|break brake|peace piece|right write|week weak|meet meat|cite site sight|sale sell"
    "|council counsel|lead led|choose chose|breath breathe|though through thought thorough"
    "|personal personnel|desert dessert|are our|an and|live leave|leaving living|sit set|as has"
    "|is his|on one|insure ensure|forth fourth|lets let's|wont won't|cant can't|ill i'll|id i'd"
    "|well we'll|shell she'll|role roll|rain rein|waste waist|threw through|wander wonder"
    "|moral morale|precede proceed|device devise|practice practise|which witch|angle angel"
    "|plain plane|allowed aloud|except expect|brought bought|fell feel|tough though|hole whole"
    "|seen scene|sometime sometimes|theirs there's|bare bear|pear pair|pale pail|stair stare"
    "|flour flower|dew due|hair hare|tail tale|some sum|steal steel|wear where were|made maid"
    "|one won|red read|not knot|rode road|see sea|seem seam|shore sure|stake steak|tide tied"
    "|wait weight|wood would|board bored|coarse course|fair fare|heal heel|hour our|mist missed"
    "|packed pact|patience patients|pole poll|pore pour|profit prophet|rap wrap|residence residents"
    "|scent sent|serial cereal|story storey|toe tow|vain vein|bean been|ate eight|great grate"
    "|guessed guest|higher hire|knead need|mail male|mourning morning|prey pray|rays raise"
    "|sighed side|throne thrown|ware wear|whine wine|build billed|bred bread|bowled bold"
    "|complaint compliant|quit quite|costumer customer|manger manager|pubic public|asses assess"
).split("|")
PAIRS = frozenset(
    (one, other) for group in GROUPS for one in group.split() for other in group.split()
) | {("everyday", "every day"), ("maybe", "may be"), ("apart", "a part"), ("every day", "everyday"),
     ("may be", "maybe"), ("a part", "apart")}  # fmt: skip


COUNTS = {("much", "many"), ("less", "fewer"), ("amount", "number"), ("little", "few"),
          ("is", "are"), ("was", "were"), ("has", "have"), ("does", "do"), ("this", "these"),
          ("that", "those"), ("a", "some"), ("an", "some"), ("every", "all")}  # fmt: skip


CASES = {(one, other) for one, other in SUBJECT.items()} | {
    ("my", "mine"), ("your", "yours"), ("her", "hers"), ("our", "ours"), ("their", "theirs"),
    ("who", "which"), ("that", "who"), ("which", "that"), ("what", "that"), ("that", "what"),
    ("i", "my"), ("he", "his"), ("they", "their"), ("we", "our"), ("you", "your"), ("it", "its"),
    ("me", "my"), ("him", "his"), ("them", "their"), ("us", "our"), ("me", "myself"),
    ("she", "her"), ("himself", "him"), ("themselves", "them"), ("myself", "i"),
    ("another", "other"), ("other", "others"), ("an", "any"), ("any", "some"), ("no", "any"),
    ("nothing", "anything"), ("somebody", "anybody"),
    ("nobody", "anybody"), ("never", "ever"), ("none", "any"), ("nowhere", "anywhere"),
    ("neither", "either"), ("good", "well"), ("bad", "badly"),
    ("no", "not"), ("what", "which"), ("how", "what"), ("also", "either"), ("as", "than"),
    ("like", "as"), ("if", "whether"), ("so", "such"), ("very", "much"), ("them", "those"),
    ("said", "told"), ("say", "tell"), ("says", "tells"), ("saying", "telling"), ("make", "do"),
    ("made", "did"), ("making", "doing"), ("learn", "teach"), ("persons", "people"),
    ("specially", "especially"), ("actual", "current"), ("actually", "currently"),
    ("interesting", "interested"), ("boring", "bored"), ("till", "by"), ("when", "if"),
}  # fmt: skip


def confused(before: str, after: str) -> bool:
    """Whether the two are often taken for each other; both in lower case."""
    return before != after and (before, after) in PAIRS


def explain(before: str, after: str) -> str:
    """One line on the difference between two words that are in the table."""
    if before not in MEANINGS or after not in MEANINGS:
        return f'"{before}" and "{after}" are easily mixed up; here "{after}" is meant.'
    if "'" in after:
        return f'"{before}" means {MEANINGS[before]}; here "{after}" = {MEANINGS[after]}.'
    return f'"{before}" means {MEANINGS[before]}; "{after}" means {MEANINGS[after]}.'
