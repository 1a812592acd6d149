"""One state of a run as HTML: the email with its edits in place, and the lists below it.

    changes_html(state, run="a1b2")     # every character of the email is escaped

script.js finds the edits by data-key, takes and leaves them, and builds the final text from
data-pieces, so a click never waits for the server.
"""

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from html import escape

from page.tone import signed
from proofreader.edits import Edit, apply
from proofreader.pipeline import Proofread, SentenceState

INVITATION = (
    "Your email appears here with every change marked. "
    "Click a change to leave it out, and again to take it."
)
BUSY = ("waiting", "loading", "editing")


def edit_key(edit: Edit) -> str:
    """Names an edit within one email, the same in every state of its run: "12-18"."""
    return f"{edit.start}-{edit.end}"


def kept(state: Proofread) -> list[Edit]:
    """The edits that may be taken, in the order of the text."""
    return sorted(
        (edit for edit in state.edits if edit.verdict == "kept"),
        key=lambda edit: (edit.start, edit.end),
    )


def pieces(state: Proofread) -> list[str | list[str]]:
    """The email as plain stretches and [key, before, after] triples, in order.

    Joining the stretches with every `before` gives the original, with every `after` the revision.
    """
    result: list[str | list[str]] = []
    position = 0
    for edit in kept(state):
        result += [state.original[position : edit.start], [edit_key(edit), edit.before, edit.after]]
        position = edit.end
    return [piece for piece in [*result, state.original[position:]] if piece]


def changes_html(state: Proofread, run: str) -> str:
    """The toolbar, the marked text, the final text and the lists. `run` names this run."""
    edits = kept(state)
    blocked = [edit for edit in state.edits if edit.verdict == "blocked"]
    data = escape(json.dumps(pieces(state)), quote=True)  # ASCII, so CR, NUL and surrogates survive
    marked = "".join(_marked_text(state, edits))
    return (
        f'<div class="result" data-run="{escape(run)}" data-phase="{state.phase}"'
        f' data-pieces="{data}">{_views()}{_toolbar(edits, state)}<div class="view changes">'
        f'<div class="mail" dir="auto" role="group" aria-label="Your email with its edits">{marked}'
        f"</div>{_edit_list(edits)}{_blocked_list(blocked)}</div>"
        '<pre class="mail view final" dir="auto" tabindex="0" aria-label="Final text"></pre></div>'
    )


def empty_html() -> str:
    """The place of the result before there is one."""
    return (
        '<div class="result empty" data-run="" data-phase="idle" data-pieces="[]">'
        f'<p class="count none">{INVITATION}</p></div>'
    )


def sentence_text(original: str, sentence: SentenceState, taken: Sequence[Edit]) -> str:
    """How one sentence reads with the edits in `taken` that lie within it."""
    inside = [
        replace(edit, start=edit.start - sentence.start, end=edit.end - sentence.start)
        for edit in taken
        if sentence.start <= edit.start and edit.end <= sentence.end
    ]
    return apply(original[sentence.start : sentence.end], inside)


def _views() -> str:
    return (
        '<div class="bar"><div class="views" role="group" aria-label="View">'
        '<button type="button" data-view="changes" aria-pressed="true">Changes</button>'
        '<button type="button" data-view="final" aria-pressed="false">Final text</button>'
        '<button type="button" data-view="tones" aria-pressed="false">Tone by sentence</button>'
        "</div>"
        '<div class="out"><button type="button" data-do="copy">Copy</button>'
        '<button type="button" data-do="download">Download .txt</button></div></div>'
    )


def _toolbar(edits: list[Edit], state: Proofread) -> str:
    if not edits:
        return f'<p class="count none">{_nothing_to_do(state)}</p>'
    chips = "".join(
        f'<button type="button" class="chip" data-kind="{escape(kind)}" aria-pressed="true">'
        f"{escape(kind.capitalize())} <b>{count}</b></button>"
        for kind, count in Counter(edit.kind for edit in edits).most_common()
    )
    return (
        '<div class="bar tools"><p class="count"></p>'
        '<div class="choose"><button type="button" data-do="all">Take all</button>'
        '<button type="button" data-do="none">Leave all</button>'
        '<button type="button" data-do="undo" disabled>Undo</button>'
        '<button type="button" data-do="original">Back to original</button></div></div>'
        f'<div class="chips" role="group" aria-label="Take or leave by kind">{chips}</div>'
    )


def _nothing_to_do(state: Proofread) -> str:
    if state.phase in BUSY:
        return "Reading …"
    if state.phase == "stopped":
        return "Stopped before the first edit. The text is as you wrote it."
    return "Nothing to change. The text is as you wrote it."


def _marked_text(state: Proofread, edits: Sequence[Edit]) -> Iterator[str]:
    """Sentences and what lies between them, each in a span that says how far it is."""
    ahead, position, length = deque(edits), 0, len(state.original)
    for sentence in sorted(state.sentences, key=lambda sentence: sentence.start):
        if sentence.start > position:
            end = _reach(ahead, sentence.start)
            count = sum(edit.start < end for edit in ahead)
            yield _stretch(state.original, ahead, count, position, end, "aside")
            position = end
        if sentence.end > position:
            end = _reach(ahead, sentence.end)
            count = sum(edit.end <= end for edit in ahead)
            name = f"sentence {sentence.state}"
            yield _stretch(state.original, ahead, count, position, end, name)
            position = end
    if position < length or ahead:
        yield _stretch(state.original, ahead, len(ahead), position, length, "aside")


def _reach(ahead: Iterable[Edit], end: int) -> int:
    """`end`, or the end of the edit that goes on beyond it."""
    return max([end, *(edit.end for edit in ahead if edit.start < end)])


def _stretch(original: str, ahead: deque[Edit], count: int, start: int, end: int, name: str) -> str:
    """original[start:end] with the next `count` edits, which are taken off `ahead`."""
    parts, position = [], start
    for edit in [ahead.popleft() for _ in range(count)]:
        parts += [escape(original[position : edit.start]), _edit_html(edit)]
        position = edit.end
    parts.append(escape(original[position:end]))
    return f'<span class="{name}">{"".join(parts)}</span>'


def _edit_html(edit: Edit) -> str:
    shape = "swap" if edit.before and edit.after else "add" if edit.after else "cut"
    return (
        f'<span class="edit {shape}" role="button" tabindex="-1" aria-pressed="true"'
        f' data-key="{edit_key(edit)}" data-kind="{escape(edit.kind)}"'
        f' aria-label="{escape(describe(edit), quote=True)}">{_before_after(edit)}</span>'
    )


def _before_after(edit: Edit) -> str:
    return (f"<del>{_visible(edit.before)}</del>" if edit.before else "") + (
        f"<ins>{_visible(edit.after)}</ins>" if edit.after else ""
    )


def _visible(text: str) -> str:
    """Escaped; a text of nothing but spaces and line ends gets signs that can be seen."""
    if text.strip():
        return escape(text)
    return escape(text.replace(" ", "␣").replace("\r\n", "\n").replace("\n", "↵\n"))


def describe(edit: Edit) -> str:
    """One sentence for a screen reader: what changes, of which kind, and why."""
    if edit.before and edit.after:
        what = f"replace “{edit.before}” with “{edit.after}”"
    else:
        what = f"insert “{edit.after}”" if edit.after else f"delete “{edit.before}”"
    return f"{edit.kind.capitalize()}: {what}. {edit.reason}"


def _edit_list(edits: list[Edit]) -> str:
    if not edits:
        return ""
    return (
        '<h3>Edits</h3><p class="hint">In the text: <kbd>←</kbd> <kbd>→</kbd> move, '
        "<kbd>Enter</kbd> takes or leaves, <kbd>Ctrl</kbd> <kbd>Z</kbd> undoes.</p>"
        f'<ul class="edits" aria-label="Edits">{"".join(map(_row, edits))}</ul>'
    )


def _row(edit: Edit) -> str:
    key = edit_key(edit)
    word = edit.before.strip()
    own = edit.kind in ("spelling", "capitalisation", "word choice") and word.isalpha()
    add = (
        f'<button type="button" class="own" data-word="{escape(word, quote=True)}"'
        f' aria-label="Keep “{escape(word)}”: add it to my words">Add to my words</button>'
    )
    return (
        f'<li data-row="{key}" data-kind="{escape(edit.kind)}"><label>'
        f'<input type="checkbox" data-key="{key}" checked'
        f' aria-label="{escape(describe(edit), quote=True)}">'
        f'<span class="pair">{_before_after(edit)}</span></label>'
        f'<span class="kind">{escape(edit.kind)}</span>'
        f'<span class="why">{escape(edit.reason)}</span>'
        f'<span class="facts">{_facts(edit)}</span>{add if own else ""}</li>'
    )


def _facts(edit: Edit) -> str:
    facts = [edit.source, f"{edit.confidence:.0%} sure"]
    for name in ("sentiment", "politeness"):
        effect = getattr(edit.tone_effect, name, 0.0)
        if abs(effect) >= 0.01:
            facts.append(f"{name} {signed(effect)}")
    return " · ".join(facts)


def _blocked_list(blocked: list[Edit]) -> str:
    if not blocked:
        return ""
    rows = "".join(
        f'<li><span class="pair">{_before_after(edit)}</span>'
        f'<span class="kind">{escape(edit.blocked_by or edit.kind)}</span>'
        f'<span class="why">{escape(edit.reason)}</span></li>'
        for edit in blocked
    )
    return (
        f"<h3>Blocked <b>{len(blocked)}</b></h3>"
        '<p class="hint">These were proposed, and a guard did not let them through. '
        "Your text keeps what you wrote.</p>"
        f'<ul class="blocked" aria-label="Blocked edits">{rows}</ul>'
    )
