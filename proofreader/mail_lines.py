"""What one line of an email looks like, on its own: the patterns that mail.py puts together.

Every test takes the line as `shortened` gives it, without its ending and at most 400 characters
long, so a line of a million characters costs no more than another.
"""

# ruff: noqa: RUF001 (letters of other languages are meant)

import re

LOOK = 400  # characters of a longer line that are looked at: its beginning and its end

HEADER_NAMES = (
    "from|to|cc|bcc|sent|date|subject|reply-to|sender|return-path|received|message-id|mime-version|"
    "content-type|content-transfer-encoding|in-reply-to|references|x-[a-z-]+|attachments?|importance|"
    "de|à|envoyé|objet|von|an|gesendet|datum|betreff|para|enviado|enviada|asunto|fecha|assunto|da|"
    "inviato|oggetto|a|data|van|aan|verzonden|onderwerp|od|do|wysłano|temat|från|till|skickat|ämne|"
    "от|кому|дата|тема|отправлено"
)
HEADER = re.compile(rf"^[ \t]?\*?({HEADER_NAMES})[ \t]?:\*?(?:[ \t]|$)", re.I)
STRICT_HEADER = re.compile(
    r"^\*?(from|to|cc|bcc|sent|date|subject|reply-to|sender|return-path|received|message-id|"
    r"mime-version|content-[a-z-]+|in-reply-to|references|x-[a-z-]+|betreff|objet|asunto|"
    r"assunto|oggetto|onderwerp|ämne|temat|тема)[ \t]?:\*?(?:[ \t]|$)",
    re.I,
)
ODD_HEADER = re.compile(r"^(?:[A-Z][A-Za-z]*(?:-[A-Za-z]+)+:[ \t]|--[-=_.\w]{10,}$)")
SENDER_HEADER = re.compile(r"^[ \t]?\*?(from|de|von|da|van|od|från|от)[ \t]?:", re.I)

QUOTE = re.compile(r"^[ \t]{0,3}(?:>|&gt;|\|>|\| ?>)")
_SEPARATOR_WORDS = (
    r"original message|forwarded (?:message|by)|forward(?:ed)? message|begin forwarded message|"
    r"original appointment|ursprüngliche nachricht|weitergeleitete nachricht|originalnachricht|"
    r"message d['’]origine|message original|message transféré|mensaje original|mensaje reenviado|"
    r"mensagem original|mensagem encaminhada|messaggio originale|messaggio inoltrato|"
    r"oorspronkelijk bericht|doorgestuurd bericht|ursprungligt meddelande|oryginalna wiadomość|"
    r"исходное сообщение|пересылаемое сообщение|原始邮件|转发的邮件|元のメッセージ"
)
SEPARATOR = re.compile(
    rf"^[ \t]*(?:[-_*=]{{2,}}[ \t]*(?:{_SEPARATOR_WORDS})\b|(?:begin forwarded message|"
    rf"anfang der weitergeleiteten nachricht|début du message réexpédié|"
    rf"inicio del mensaje reenviado)[ \t]*:)",
    re.I,
)
RULE = re.compile(r"^[ \t]*(?:_{8,}|-{8,}|={8,}|\*{8,}|─{8,})[ \t]*$")

_WROTE = (
    r"wrote|writes|(?:schrieb|schreef|skrev)(?: [^:\n]{1,80})?|a écrit|escribió|"
    r"ha scritto|escreveu|"
    r"kirjoitti|napisał(?:\(a\)|a)?|пишет|писал|написал(?:\(а\)|а)?|написав|yazdı|写道|のメール"
)
ATTRIBUTION_END = re.compile(rf"(?:{_WROTE})[ \t\xa0]*[:：][ \t]*$", re.I)
ATTRIBUTION_START = re.compile(
    r"^[ \t]*(?:-{1,3}[ \t]*)?(?:on|am|le|el|il|em|op|den|dnia|w dniu|på|pe|tarihinde|в|"
    r"[a-zа-я]{2,4}[.,]|\d{1,4}[-./年]|在|于)[ \t\d,]",
    re.I,
)
GMAIL_DATE = re.compile(
    r"^\d{4}[-/年]\d{1,2}[-/月]\d{1,2}[^<]{0,60}<[^<>\s]+@[^<>\s]+>[ \t]*:?[ \t]*$"
)

SENT_FROM = re.compile(
    r"^[ \t]*(?:sent (?:from|via|with|using|by)|gesendet von|von meinem|envoyé (?:de|depuis)|"
    r"enviado (?:desde|do|de)|inviato da|verzonden (?:vanaf|met|vanuit)|skickat från|wysłane z|"
    r"отправлено с|get outlook for|get yahoo mail|via mobile|from my (?:i?phone|mobile))\b",
    re.I,
)
DISCLAIMER = re.compile(
    r"\b(?:confidential(?:ity)?|privileged|intended (?:solely |only )?(?:recipient|for)|disclaimer|"
    r"unsubscribe|mailing list|registered (?:in|office)|think before you print|"
    r"consider the environment|(?:you are|you're) receiving this|view it on github|virus)\b",
    re.I,
)

URL = r"(?:https?://|ftp://|www\.|mailto:)[^\s<>]+"
LINK_LINE = re.compile(
    rf"^[ \t]*(?:[-*•][ \t]+)?(?:[<(\[]?(?:{URL}|[\w.+-]{{1,64}}@[\w-]+\.[\w.-]+)[>)\]]?[ \t,;]*)+$"
)
CONTACT = re.compile(
    rf"{URL}|\S@[\w-]+\.\w|\+?\(?\d[\d() ./-]{{5,}}\d|"
    r"\b[\w-]+\.(?:com|org|net|co\.uk|edu|gov|io|de)\b|"
    r"^[ \t]*(?:tel|phone|mobile|cell|fax|office|direct|ph|e-?mail|web|skype|linkedin|twitter|ext|"
    r"[tmfpeo])[.:][ \t]?\S|(?<!\w)x[.-]?\d{3,}|\bext\.? ?\d{2,}",
    re.I,
)

_TAGS = (
    "html|head|body|div|p|br|span|table|tr|td|th|ul|ol|li|a|img|script|style|h[1-6]|b|i|u|strong|em|"
    "font|meta|link|form|input|iframe|center|pre|code|svg|button|blockquote|title|xml"
)
_CODE = (
    r"(?:\$ (?!\d)|>>> |PS [A-Z]:|[A-Z]:\\|[\w.-]{1,40}@[\w.-]{1,40}:\S{0,60}[$#] )\S",  # prompts
    r"Traceback \(most recent|File \"[^\"]+\", line \d|at [\w.$<>]+\([^)]*\)$|Caused by: \w|"
    r"(?:[a-z_]\w*\.)+[A-Z]\w*: \S|[A-Z]\w+(?:Error|Exception|Warning): \S|"
    r"Exception in thread|[\w.]{1,60}(?:Error|Exception): ",
    r"(?:def|class) \w+(?:\(.{0,200})?:$|import [\w.]+(?: as \w+)?;?$|from [\w.]+ import |"
    r"#include ?[<\"]|(?:function|fn|func) ?\w* ?\(|(?:const|let|var) \w+ ?=|"
    r"(?:public|private|protected) (?:static|final|class|void|int|String)\b",
    r"(?:SELECT\b.{1,200}\bFROM|INSERT INTO|UPDATE \w+ SET|CREATE TABLE|DELETE FROM|ALTER TABLE)\b",
    r"(?:if|for|while|switch|catch) ?\(.{1,200}\) ?\{$|return\b.{0,80};$|\} ?(?:else|catch|;|,|$)",
    r"[\w.\[\]\"'<> ]{1,60} ?[-+*/:]?= ?[^=].{0,200};$|"
    r"[\w.]{2,60}\([^()]{0,200}\);?$|[{}\[\]();,]+$",
    r"\"[\w .-]{1,60}\" ?: ?(?:[\"\[{\d-]|true|false|null)|\{ ?[\"']|\[ ?[{\"\d].{0,200}[\]},]$",
    rf"</?(?i:{_TAGS})(?:[ \t][^<>]{{0,300}})?/?>|</[\w:-]{{1,40}}>|<!--|<!DOCTYPE|<\?xml|"
    r"<(?P<tag>[\w:-]{1,40})(?: [^<>]{0,200})?>.{0,300}</(?P=tag)>$|//[ \t]?\w|/\*",
    r"[A-Za-z]+_\w+ ?[:=] ?\S{1,40}$|"
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d.{0,60}(?:ERROR|WARN|INFO|DEBUG)",
    r"(?:npm|pip3?|yarn|git|docker|kubectl|sudo|apt(?:-get)?|brew) (?:install|run|clone|push|pull|"
    r"checkout|commit|build|exec|apply|get|apt|apt-get|add|compose|systemctl)(?: [\w./@:=~-]+)*$|"
    r"(?:curl|ssh|chmod|scp) [-\w./@:]*[-./@:]",
)
CODE = re.compile(rf"^[ \t]*(?:{'|'.join(_CODE)})")
BLOB = re.compile(r"^[ \t]*[A-Za-z0-9+/=_-]{40,}[ \t]*$")
FENCE = re.compile(r"^[ \t]{0,3}(`{3,}|~{3,})")
ARMOUR = re.compile(r"^-----(BEGIN|END) ([A-Z0-9 ]{3,40})-----[ \t]*$")

LIST_MARKER = re.compile(
    r"[ \t]*(?:(?:[-*•·‣▪●◦○–—+][ \t]+|[•·‣▪●◦○]|-(?=[A-Za-z])|o\t)(?:\[[ xX]?\][ \t]+)?|"
    r"\(?\d{1,2}[.)](?=[ \t]|[A-Za-z])[ \t]*|\(?[a-zA-Z]\)[ \t]+|\(?[ivx]{2,4}[.)][ \t]+)"
)
GREETING = re.compile(
    r"^[ \t]*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|to whom|"
    r"thanks for|all|team|folks|ps|p\.s)\b",
    re.I,
)
POSTSCRIPT = re.compile(r"^[ \t]*(?:p\.? ?)+s\.?(?:[ \t:.-]|$)", re.I)

_CLOSING_WORDS = (
    r"(?:(?:with|my|our|many|much|very|kind|kindest|best|warm|warmest|personal|friendly|sincere|"
    r"thanks and|thank you and|thanks &|and|&) ){0,4}"
    r"(?:regards|wishes|greetings)(?: from [\w ]{1,20})?|"
    r"(?:yours|very truly yours|yours (?:very )?(?:sincerely|truly|faithfully|respectfully))|"
    r"(?:sincerely|respectfully|truly|cordially|faithfully)(?: yours)?|rgds|regs|brgds|br|kr|"
    r"(?:many |much |lots of )?(?:thanks|thx|tks)(?: (?:a lot|so much|very much|again|all|everyone|"
    r"in advance|a million|a bunch|much|and (?:best|kind|warm) regards|& regards))?|"
    r"thank you(?: (?:all|again|so much|very much|in advance|kindly|and (?:best|kind) regards))?|"
    r"ta|cheers|best|all the best|all my best|take care|warmly|gratefully|lots of love|"
    r"(?:all (?:my|our) |much )?love|xo+|xoxo|hugs|ciao|peace|talk (?:soon|to you soon)|"
    r"see you(?: soon| then)?|with (?:thanks|gratitude|appreciation)|many thanks(?: in advance)?|"
    r"mit freundlichen grü(?:ß|ss)en|viele grü(?:ß|ss)e|lg|mfg|cordialement|bien à vous|saludos|"
    r"un saludo|atentamente|atenciosamente|abraços|cordiali saluti|met vriendelijke groet(?:en)?|"
    r"mvh|pozdrawiam|с уважением"
)
CLOSING = re.compile(
    rf"^[ \t]*(?:{_CLOSING_WORDS})(?P<mark>[ \t]*[,.!;~-]*)[ \t]*(?:/.{{0,40}})?$", re.I
)
CLOSING_WITH_NAME = re.compile(
    rf"^[ \t]*(?i:{_CLOSING_WORDS})[ \t]*[,.!;-]+[ \t]*"
    r"(?:[A-Z][\w.'’-]*[ \t]+){0,2}[A-Z][\w'’-]*[.]?[ \t]*$"
)
SENTENCE_CLOSING = re.compile(r"^[ \t]*(?:see|talk|take|ta|best|love|peace)\b.*[.!]$", re.I)
WEAK_CLOSING = re.compile(
    r"^[ \t]*(?:many |much |lots of )?(?:thank|thanks|thx|tks|ta|see|talk|take|love|best|peace)\b",
    re.I,
)
_NAME_WORD = (
    r"(?:[A-Z][\w.'’-]*|\([A-Z][\w .-]*\)|de|da|van|von|der|den|bin|al|el|la|del|di|y|e|of|and|&)"
)
NAME = re.compile(
    rf"^[ \t]*(?:[-–—~*_/][ \t]?)?[A-ZÀ-ÞА-Я一-龯][\w.'’,-]*"
    rf"(?:[ \t]+{_NAME_WORD},?){{0,4}}[ \t*_]*$"
)
PLAIN_NAME = re.compile(r"^[ \t]*[-–—~*_]?[ \t]?\w[\w.'’-]*(?:[ \t]+\w[\w.'’-]*){0,2}[ \t*_]*$")
NOT_A_NAME = re.compile(
    r"^\W*(?:hi|hello|hey|dear|yes|no|ok|okay|sure|done|agreed|congratulations|great|enjoy|please|"
    r"call|see|good|well|nice|happy|merry|sorry|wow|perfect|excellent|fine|maybe|monday|tuesday|"
    r"wednesday|thursday|friday|saturday|sunday|january|february|march|april|june|july|august|"
    r"september|october|november|december|total|note|agenda|summary|test)\b",
    re.I,
)
JOB_TITLE = re.compile(
    r"\b(?:President|Director|Manager|Officer|Engineer|Assistant|Coordinator|Secretary|Professor|"
    r"Teacher|Consultant|Analyst|Head of|Lead|Department|Dept|Team|Office|University|School|"
    r"College|Institute|Hospital|Street|Road|Avenue|Suite|Floor|Inc|Ltd|LLC|GmbH|Limited|Company|Group|Services|PhD|MSc|MBA)\b"
)
SENTENCE_WORDS = re.compile(
    r"\b(?:I|I'm|You|We|He|She|They|It|Please|This|That|These|My|Your|Let|If|When|Because|What|Why|"
    r"How|There|Who|Which|So|But|i|i'm|you|we|he|she|they|it|is|are|was|were|be|been|will|would|can|"
    r"could|should|have|has|had|do|does|did|please|this|that|these|my|your|let|if|when|because|what|"
    r"why|how|not|get|there|who|which|about|into|so|but)\b"
)
_ABBREVIATION = re.compile(
    r"(?:Inc|Ltd|Ave|Str|Co|St|Corp|Jr|Sr|Dr|Rd|Blvd|Bros|Dept|(?:\w\.){0,4}\w)\."
)


def shortened(line: str) -> str:
    """The line without its ending; of a long one the beginning and the end."""
    line = line.rstrip()
    return line if len(line) <= LOOK else line[: LOOK - 100] + line[-100:]


def introduces(text: str) -> bool:
    """Whether a text, one or several joined lines, ends like "On ... wrote:"."""
    return bool(ATTRIBUTION_END.search(text[-120:]) or GMAIL_DATE.match(text))


def is_name(line: str) -> bool:
    """A line that can be someone's name (one to five words, no full stop, no file name)."""
    named = len(line) <= 60 and NAME.match(line) and not NOT_A_NAME.match(line)
    return bool(named) and not re.search(r"\.[A-Za-z]{2,4}\d?$", line)


def is_sign_line(line: str) -> bool:
    """A line that fits into a signature: a name, a title, a contact, a disclaimer."""
    if DISCLAIMER.search(line) or SENT_FROM.match(line):
        return True
    if len(line) <= 100 and CONTACT.search(line) and not SENTENCE_WORDS.search(line):
        return True
    if len(line) > 70 or SENTENCE_WORDS.search(line) or LIST_MARKER.match(line):
        return False
    return not ends_sentence(line)


def ends_sentence(line: str) -> bool:
    """Whether the line ends with a full stop, question mark, exclamation mark or colon."""
    stripped = line.rstrip()
    if not stripped.endswith((".", "?", "!", ":")):
        return False
    return not _ABBREVIATION.fullmatch(stripped.rsplit(None, 1)[-1])
