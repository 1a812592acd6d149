"""How far a run is, and what the user has to know, as HTML.

progress_html(state)        # the bar, tokens per second, time left
notice_html("That is not a GGUF file.")
"""

from collections.abc import Sequence
from html import escape

from proofreader.pipeline import Proofread

WAITING = "Waiting for a turn …"


def progress_html(state: Proofread) -> str:
    """The bar and one line of facts."""
    if state.phase == "waiting":
        return _bar(None, WAITING)
    if state.phase == "loading":
        return _bar(state.progress or None, f"Loading the model “{state.model}” …")
    return _bar(state.progress, " · ".join(_facts(state)), done=state.phase in ("done", "stopped"))


def _bar(share: float | None, text: str, done: bool = False) -> str:
    percent = 0 if share is None else round(100 * share)
    now = "" if share is None else f' aria-valuenow="{percent}"'
    name = "track" + (" unknown" if share is None else "") + (" done" if done else "")
    return (
        f'<div class="progress"><div class="{name}" role="progressbar" aria-label="Proofreading"'
        f' aria-valuemin="0" aria-valuemax="100"{now}><i style="width:{percent}%"></i></div>'
        f"<p>{escape(text)}</p></div>"
    )


def _facts(state: Proofread) -> list[str]:
    finished = sum(sentence.state != "waiting" for sentence in state.sentences)
    facts = [f"{finished} of {len(state.sentences)} sentences"]
    if state.phase == "stopped":
        facts.insert(0, "Stopped")
    if state.phase == "done":
        facts.insert(0, f"Done in {state.seconds:.1f} s")
    if state.tokens and state.seconds > 0:
        facts.append(f"{state.tokens / state.seconds:.0f} tokens/s")
    if state.phase == "editing" and state.seconds_left is not None:
        facts.append(_time_left(state.seconds_left))
    return facts


def _time_left(seconds: float) -> str:
    if seconds < 1:
        return "less than a second left"
    return f"about {seconds:.0f} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"


def notice_html(error: str = "", notes: Sequence[str] = ()) -> str:
    """An error, spoken at once by a screen reader, or notes; empty without either."""
    if error:
        return f'<p class="notice error" role="alert">{escape(error)}</p>'
    return "".join(f'<p class="notice" role="status">{escape(note)}</p>' for note in notes)
