"""The right side of the page for one state of a run, in the order of app.py's outputs.

meters, progress, notice, changes, sentences = shown(state, run="a1b2")
"""

from collections.abc import Collection, Sequence

from classifiers.tone import Scorer
from page.answers import tone_without
from page.diff import changes_html, empty_html
from page.status import notice_html, progress_html
from page.tone import meters_html, sentences_html
from proofreader.pipeline import Proofread

FAILED = "That did not work: too many people are waiting, or the server failed. Try again soon."


def shown(state: Proofread, run: str) -> tuple[str, ...]:
    """The five parts with one state of the run called `run`."""
    return (
        meters_html(state.before, state.after),
        progress_html(state),
        notice_html(notes=state.notes),
        changes_html(state, run),
        sentences_html(state),
    )


def blank(error: str = "", notes: Sequence[str] = ()) -> tuple[str, ...]:
    """The five parts without a result: before the first run, or with what went wrong."""
    return meters_html(None), "", notice_html(error, notes), empty_html(), sentences_html(None)


def failed() -> tuple[str, str]:
    """Progress and notice when the queue was full, or something broke that no user can mend."""
    return "", notice_html(FAILED)


def rescored(state: Proofread, left: Collection[str], scorer: Scorer) -> tuple[str, str]:
    """Meters and sentences of the text without the edits named in `left`."""
    whole, each = tone_without(state, left, scorer)
    return meters_html(state.before, whole), sentences_html(state, each)
