"""The page: paste an email, take or leave each edit. `python app.py` opens it on 127.0.0.1:7860.

GRADIO_SERVER_NAME and GRADIO_SERVER_PORT change the address. The same as API, and as MCP tools
where the `mcp` package is installed: the endpoints proofread, score and models.
"""

import importlib.util
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr

from page.diff import changes_html, edit_key, empty_html, sentence_text
from page.examples import EXAMPLES
from page.status import notice_html, progress_html
from page.tone import meters_html, sentences_html, word_for
from proofreader.edits import apply
from proofreader.engine import Sampling
from proofreader.errors import ProofreadError
from proofreader.pipeline import GOALS, Options, Proofread, Proofreader
from proofreader.report import to_json

PAGE = Path(__file__).with_name("page")
ON_SPACE = bool(os.environ.get("SPACE_ID"))
BETWEEN_STATES = 0.08  # seconds; each state is sent whole, and faster ones would not be seen
SETTINGS = (  # label, help, lowest, highest, step; in the order of Sampling
    ("Temperature", "0 always takes the likeliest word; more is bolder.", 0, 2, 0.05),
    ("Top-p", "Only the likeliest words that together have this share.", 0.05, 1, 0.05),
    ("Top-k", "Only this many of the likeliest words; 0 means all.", 0, 200, 1),
    ("Min-p", "Only words at least this likely, next to the likeliest.", 0, 1, 0.01),
    ("Repeat penalty", "Above 1 avoids words already written.", 1, 1.5, 0.01),
    ("Max new tokens", "The longest answer for one sentence.", 16, 2048, 16),
    ("Seed", "The same seed gives the same answer.", 0, 2**31 - 1, 1),
    ("Context", "Prompt and answer together, in tokens. More takes memory.", 1024, 16384, 1024),
)
worker: Any = Proofreader()
stops: dict[str, Event] = {}  # the runs that wait or work, by name


class ModelEntry:
    def __init__(self, name, title, description):
        self.name, self.title, self.description = name, title, description


def models_listed():
    return [
        ModelEntry("embedded", "Embedded (SmolLM2 135M)", "Comes with the app, starts at once.")
    ]


def options_for(goal: str, model: str, words: list[str], *sampling: float) -> Options:
    """Raises ProofreadError for an unknown goal and, on a public Space, for an unlisted model."""
    if goal not in GOALS:
        raise ProofreadError(f"There is no goal “{goal}”. Choose one of: {', '.join(GOALS)}.")
    if ON_SPACE and model not in [entry.name for entry in models_listed()]:
        raise ProofreadError(f"“{model}” is not a model of this Space. Choose one of the list.")
    dictionary = frozenset(word.strip() for word in words if word.strip())
    return Options(goal, model, dictionary, sampling=Sampling(*sampling))


def begin(text: str, earlier: str) -> tuple:
    """At once after a click: a name for the run and the first scores. Ends the page's earlier run."""
    stop(earlier)
    run = uuid.uuid4().hex
    stops[run] = Event()
    tone = worker.scorer.score([text])[0] if text.strip() else None
    waiting = empty_html(run, "waiting")
    return run, meters_html(tone), progress_html(waiting=True), "", waiting, can_stop(True)


def stop(run: str) -> None:
    """Asks a run to end. What it has finished stays on the page."""
    if run in stops:
        stops.pop(run).set()


def can_stop(active: bool) -> gr.Button:
    return gr.Button(interactive=active)


def proofread_page(run: str, text: str, goal: str, model: str, words: str, *sampling: float):
    """The states of one run, each as a value for every part of the result."""
    asked = stops.get(run)
    if asked is None:
        yield without_result(notes=["Stopped before its turn came."])
        return
    try:
        options = options_for(goal, model, words.splitlines(), *sampling)
        for state in spaced(worker.run(text, options, asked)):
            yield with_result(state, run)
    except ProofreadError as error:
        yield without_result(error=str(error))
    finally:
        asked.set()  # also when the browser went away in the middle
        stops.pop(run, None)


def spaced(states: Iterator[Proofread]) -> Iterator[Proofread]:
    """Drops states that come too fast, never the first or last of a phase that ends the run."""
    seen_at, phase = 0.0, ""
    for state in states:
        if state.phase != phase or time.monotonic() - seen_at >= BETWEEN_STATES:
            seen_at, phase = time.monotonic(), state.phase
            yield state


def with_result(state: Proofread, run: str) -> tuple:
    return (
        meters_html(state.before, state.after),
        progress_html(state),
        notice_html(notes=state.notes),
        changes_html(state, run),
        sentences_html(state),
        state,
        can_stop(state.phase not in ("done", "stopped")),
    )


def without_result(error: str = "", notes: list[str] | None = None) -> tuple:
    notice = notice_html(error, notes or [])
    return meters_html(None), "", notice, empty_html(), sentences_html(None), None, can_stop(False)


def choose(state: Proofread | None, event: gr.EventData) -> tuple:
    """Meters and sentence scores of the text without the edits that the user left."""
    if state is None:
        return gr.skip(), gr.skip()
    left = set(event._data["left"])
    kept = [edit for edit in state.edits if edit.verdict == "kept"]
    taken = [edit for edit in kept if edit_key(edit) not in left]
    texts = [sentence_text(state.original, one, taken) for one in state.sentences]
    whole, *each = worker.scorer.score([apply(state.original, taken), *texts])
    return meters_html(state.before, whole), sentences_html(state, each)


def proofread(
    text: str,
    goal: str = "errors only",
    model: str = "embedded",
    dictionary: list[str] | None = None,
) -> dict:
    """Proofread an email: mend its mistakes and list every edit with its kind and reason.

    Args:
        text: the email, plain text; quotes, signatures, code and tables in it stay as they are
        goal: errors only, polish, friendlier, more formal, more concise or calmer
        model: a name that the endpoint `models` lists
        dictionary: words and names that are right as they are

    Returns:
        original, revised, edits, tone before and after, sentences, model, options, seconds, tokens
    """
    try:
        options = options_for(goal, model, dictionary or [])
        *_, last = worker.run(text, options, Event())
    except ProofreadError as error:
        raise gr.Error(str(error), print_exception=False) from error
    return to_json(last, options, getattr(worker, "model_info", None))


def score(text: str) -> dict:
    """Score how an email sounds: sentiment from -1 (negative) to 1, politeness from -1 (rude) to 1.

    Args:
        text: the email, plain text
    """
    tone = worker.scorer.score([text])[0]
    return {
        scale: {
            "score": value,
            "emoji": word_for(scale, value)[0],
            "word": word_for(scale, value)[1],
        }
        for scale, value in (("sentiment", tone.sentiment), ("politeness", tone.politeness))
    }


def models() -> list[dict]:
    """List the models that `proofread` can use: name, title and description of each."""
    return [
        {"name": entry.name, "title": entry.title, "description": entry.description}
        for entry in models_listed()
    ]


def quiet(**more: Any) -> dict[str, Any]:
    """Settings of an event that belongs to the page alone."""
    return {"api_visibility": "private", "show_progress": "hidden", **more}


def composer() -> tuple[gr.Textbox, gr.Radio, gr.Dropdown, gr.Button, gr.Button]:
    """The left side: the email, the goal, the model and the buttons."""
    text = gr.Textbox(
        label="Your email",
        placeholder="Paste an email here. Quotes, signatures, code and links stay as they are.",
        lines=14,
        max_lines=14,
        autofocus=True,
        elem_id="email",
        html_attributes=gr.InputHTMLAttributes(spellcheck=False, autocorrect="off"),
    )
    goal = gr.Radio(list(GOALS), value=GOALS[0], label="Goal", elem_id="goal")
    with gr.Row(elem_id="send"):
        entries = models_listed()
        model = gr.Dropdown(
            [(entry.title, entry.name) for entry in entries],
            value=entries[0].name,
            label="Model",
            elem_id="model",
            filterable=False,
        )
        stop_button = gr.Button("Stop", interactive=False, elem_id="stop", min_width=80)
        go = gr.Button("Proofread", variant="primary", elem_id="go", min_width=140)
    labels = [example.label for example in EXAMPLES]
    samples = [[example.text] for example in EXAMPLES]
    examples = gr.Dataset(
        components=[text],
        samples=samples,
        sample_labels=labels,
        type="index",
        label="Or try one of these",
        samples_per_page=len(labels),
        elem_id="examples",
    )
    examples.click(lambda index: EXAMPLES[index].text, examples, text, **quiet(queue=False))
    return text, goal, model, go, stop_button


def own_words() -> gr.Textbox:
    """The user's dictionary. It lives in the browser; the server sees it only during a run."""
    kept = gr.BrowserState("", storage_key="email-proofreader-words", secret="own-words")
    with gr.Accordion("My words", open=False, elem_id="words-panel"):
        words = gr.Textbox(
            label="Names and words that are right",
            info="One a line. Kept in this browser only.",
            lines=3,
            elem_id="words",
        )
    words.input(None, words, kept, js="words => words", api_visibility="private")
    demo.load(lambda saved: saved, kept, words, **quiet(queue=False))
    return words


def advanced() -> list[gr.Slider]:
    """One slider for each field of Sampling, in its order."""
    defaults = vars(Sampling()).values()
    with gr.Accordion("Advanced", open=False, elem_id="advanced"):
        return [
            gr.Slider(low, high, value=default, step=step, label=label, info=text)
            for (label, text, low, high, step), default in zip(SETTINGS, defaults, strict=True)
        ]


def results() -> tuple[gr.HTML, ...]:
    """The right side: meters, progress, notice, the marked email and the scores of its sentences."""
    plain = {"apply_default_css": False, "js_on_load": None}
    meters = gr.HTML(meters_html(None), elem_id="meters", **plain)
    progress = gr.HTML("", elem_id="progress", **plain)
    notice = gr.HTML("", elem_id="notice", **plain)
    script = (PAGE / "script.js").read_text("utf-8")
    changes = gr.HTML(empty_html(), elem_id="changes", apply_default_css=False, js_on_load=script)
    sentences = gr.HTML(sentences_html(None), elem_id="tones", **plain)
    return meters, progress, notice, changes, sentences


with gr.Blocks(title="Email Proofreader", analytics_enabled=False) as demo:
    gr.HTML((PAGE / "header.html").read_text("utf-8"), elem_id="header", apply_default_css=False)
    with gr.Row(elem_id="desk", equal_height=False):
        with gr.Column(elem_id="composer", min_width=300):
            email, goal, model, go, stop_button = composer()
            words = own_words()
            sampling = advanced()
        with gr.Column(elem_id="result", min_width=300):
            meters, progress, notice, changes, sentences = results()
    run = gr.Textbox(visible=False)  # sent with a waiting click, so each run keeps its own name
    last = gr.State()
    go.click(
        begin,
        [email, run],
        [run, meters, progress, notice, changes, stop_button],
        **quiet(concurrency_id="tone", concurrency_limit=4),
    ).then(
        proofread_page,
        [run, email, goal, model, words, *sampling],
        [meters, progress, notice, changes, sentences, last, stop_button],
        api_visibility="private",
        show_progress="minimal",
        show_progress_on=progress,
        trigger_mode="multiple",
        concurrency_id="model",
        concurrency_limit=1,
    )
    stop_button.click(stop, run, **quiet(queue=False))
    changes.choose(
        choose,
        last,
        [meters, sentences],
        **quiet(trigger_mode="always_last", concurrency_id="tone", concurrency_limit=4),
    )
    gr.api(proofread, concurrency_id="model", concurrency_limit=1)
    gr.api(score, concurrency_id="tone", concurrency_limit=4)
    gr.api(models, queue=False)
demo.queue(max_size=32, default_concurrency_limit=4)


def launch_options() -> dict[str, Any]:
    """What `demo.launch` needs to show and serve the page as meant."""
    colours = {"primary_hue": "blue", "neutral_hue": "stone"}
    fonts = {"font": ["Inter", "system-ui", "sans-serif"], "font_mono": ["ui-monospace", "monospace"]}
    return {
        "theme": gr.themes.Base(**colours, **fonts),  # fonts of the system: no call to a font host
        "css": (PAGE / "style.css").read_text("utf-8"),
        "footer_links": ["api"],
        "run_history": False,  # it would keep every email in the browser
        "mcp_server": importlib.util.find_spec("mcp") is not None,
        "ssr_mode": False,
        "show_error": False,
    }


if __name__ == "__main__":
    demo.launch(
        server_name=os.environ.get("GRADIO_SERVER_NAME", "0.0.0.0" if ON_SPACE else "127.0.0.1"),
        server_port=int(os.environ.get("GRADIO_SERVER_PORT", 7860)),
        **launch_options(),
    )
