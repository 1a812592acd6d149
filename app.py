"""The page: paste an email, take or leave each edit. `python app.py` opens it on 127.0.0.1:7860.

`--sentiment-model R --politeness-model R` score the tone with classifiers from the Hub.
GRADIO_SERVER_NAME and GRADIO_SERVER_PORT change the address. The same as API, and as MCP tools
where the `mcp` package is installed: the endpoints proofread, score and models.
"""

import argparse
import importlib.util
import os
import uuid
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr

from classifiers.hub import add_flags, named_models
from page import answers
from page.examples import EXAMPLES
from page.settings import SETTINGS
from page.view import blank, failed, rescored, shown
from proofreader.errors import ProofreadError
from proofreader.loading import load_scorer
from proofreader.models import models as listed_models
from proofreader.pipeline import GOALS, Proofread, Proofreader
from proofreader.report import to_json
from proofreader.states import DEFAULT

PAGE = Path(__file__).with_name("page")
MODEL = {"concurrency_id": "model", "concurrency_limit": 8}  # runs share batches
TONE = {"concurrency_id": "tone", "concurrency_limit": 4}
FONT = ("Inter", "system-ui", "sans-serif")  # what the system has: none is fetched
worker: Any = Proofreader()
stops: dict[str, Event] = {}  # the runs that wait or work, by name


def begin(earlier: str, text: str, goal: str, model: str, words: str, *sampling: float) -> tuple:
    """At once after a click: the first scores and a name for the run, or what is wrong."""
    stop(earlier)
    try:
        options = answers.options_for(goal, model, words.splitlines(), sampling)
        first = next(iter(worker.run(text, options, Event())))
    except ProofreadError as error:
        return "", *without_result(error=str(error))
    run = uuid.uuid4().hex
    stops[run] = Event()
    return run, *with_result(first, run)


def stop(run: str) -> gr.Button:
    """Asks a run to end. What it has finished stays on the page."""
    stops.pop(run, Event()).set()
    return gr.Button(interactive=False)


def proofread_page(run: str, text: str, goal: str, model: str, words: str, *sampling: float):
    """The states of one run, each as a value for every part of the result."""
    if not run:
        yield (gr.skip(),) * 7  # `begin` has said why; without a yield all would be emptied
        return
    asked = stops.get(run)
    if asked is None:
        yield without_result(notes=["Stopped before its turn came."])
        return
    try:
        options = answers.options_for(goal, model, words.splitlines(), sampling)
        for state in answers.spaced(worker.run(text, options, asked)):
            yield with_result(state, run)
    except ProofreadError as error:
        yield without_result(error=str(error))
    finally:
        asked.set()  # also when the browser went away in the middle
        stops.pop(run, None)


def with_result(state: Proofread, run: str) -> tuple:
    working = state.phase not in ("done", "stopped")
    return *shown(state, run), state, gr.Button(interactive=working)


def without_result(error: str = "", notes: Sequence[str] = ()) -> tuple:
    return *blank(error, notes), None, gr.Button(interactive=False)


def add_word(words: str, event: gr.EventData) -> tuple[str, str]:
    """The user's words with one more: for the box and for the browser."""
    more = answers.with_word(words, event._data["word"])
    return more, more


def choose(state: Proofread | None, event: gr.EventData) -> tuple:
    """Meters and sentence scores of the text without the edits that the user left."""
    if state is None:
        return gr.skip(), gr.skip()
    return rescored(state, set(event._data["left"]), worker.scorer)


@contextmanager
def told():
    """What is wrong reaches the caller of the API, and not the log."""
    try:
        yield
    except ProofreadError as error:
        raise gr.Error(str(error), print_exception=False) from error


def proofread(
    text: str,
    goal: str = "errors only",
    model: str = DEFAULT,
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
    with told():
        options = answers.options_for(goal, model, dictionary or [])
        for state in worker.run(text, options, Event()):
            last = state
    return to_json(last, options, worker.model_info)


def score(text: str) -> dict:
    """Score how an email sounds: sentiment from -1 (negative) to 1, politeness from -1 (rude) to 1.

    Args:
        text: the email, plain text

    Returns:
        sentiment, politeness, their words, and both scores for each of the sentences
    """
    with told():
        return answers.tone_json(next(iter(worker.run(text))))


def models() -> list[dict]:
    """List the models that `proofread` can use: name, title and description of each."""
    return answers.models_json()


def quiet(**more: Any) -> dict[str, Any]:
    """Settings of an event that belongs to the page alone."""
    return {"api_visibility": "private", "show_progress": "hidden", **more}


def describe(model: str) -> gr.Dropdown:
    return gr.Dropdown(info=answers.about(model))


def composer() -> tuple[gr.Textbox, gr.Radio, gr.Dropdown, gr.Button, gr.Button]:
    """The left side: the email, the goal, the model and the buttons."""
    text = gr.Textbox(
        label="Your email",
        placeholder="Paste an email here. Quotes, signatures, code and links stay as they are.",
        lines=12,
        max_lines=12,
        autofocus=True,
        elem_id="email",
        html_attributes=gr.InputHTMLAttributes(spellcheck=False, autocorrect="off"),
    )
    goal = gr.Radio(list(GOALS), value=GOALS[0], label="Goal", elem_id="goal")
    model = gr.Dropdown(
        [(entry.title or entry.name, entry.name) for entry in listed_models()],
        value=DEFAULT,
        label="Model",
        info=answers.about(DEFAULT),
        allow_custom_value=not answers.on_space(),  # a GGUF file's path, a server
        elem_id="model",
    )
    model.change(
        lambda name: gr.Dropdown(info=answers.about(name)), model, model, **quiet(queue=False)
    )
    with gr.Row(elem_id="send"):
        stop_button = gr.Button("Stop", interactive=False, elem_id="stop", min_width=80)
        go = gr.Button("Proofread", variant="primary", elem_id="go", min_width=140)
    examples = gr.Dataset(
        components=[text],
        samples=[[example.text] for example in EXAMPLES],
        sample_labels=[example.label for example in EXAMPLES],
        type="index",
        label="Or try one of these",
        elem_id="examples",
    )
    examples.click(lambda index: EXAMPLES[index].text, examples, text, **quiet(queue=False))
    return text, goal, model, go, stop_button


def own_words() -> tuple[gr.Textbox, gr.BrowserState]:
    """The user's dictionary. It lives in the browser; the server sees it only during a run."""
    kept = gr.BrowserState("", storage_key="email-proofreader-words", secret="own-words")
    with gr.Accordion("My words", open=False, elem_id="words-panel"):
        words = gr.Textbox(
            "",  # not None: a run can start before the browser's words have come
            label="Names and words that are right",
            info="One a line. Kept in this browser only.",
            lines=3,
            elem_id="words",
        )
    words.input(None, words, kept, js="words => words", api_visibility="private")
    demo.load(lambda saved: saved or "", kept, words, **quiet(queue=False))
    return words, kept


def advanced() -> list[gr.Slider]:
    """One slider for each field of Sampling, in its order."""
    with gr.Accordion("Advanced", open=False, elem_id="advanced"):
        return [
            gr.Slider(one.low, one.high, one.default, step=one.step, label=one.label, info=one.help)
            for one in SETTINGS
        ]


def results() -> list[gr.HTML]:
    """The right side: meters, progress, notice, the marked email, the scores of its sentences."""
    script = (PAGE / "script.js").read_text("utf-8")
    names = ("meters", "progress", "notice", "changes", "tones")
    return [
        gr.HTML(
            html,
            elem_id=name,
            apply_default_css=False,
            js_on_load=script if name == "changes" else None,
        )
        for name, html in zip(names, blank(), strict=True)
    ]


class Page(gr.Blocks):
    """Blocks that keep a malformed API call, email and all, out of the log."""

    def validate_inputs(self, block_fn: Any, inputs: list) -> None:
        try:
            super().validate_inputs(block_fn, inputs)
        except ValueError:
            message = "A raw call names every argument; gradio_client fills in the defaults."
            raise gr.Error(message, print_exception=False) from None


with Page(title="Email Proofreader", analytics_enabled=False) as demo:
    gr.HTML((PAGE / "header.html").read_text("utf-8"), elem_id="header", apply_default_css=False)
    with gr.Row(elem_id="desk", equal_height=False):
        with gr.Column(elem_id="composer", min_width=300):
            email, goal, model, go, stop_button = composer()
            words, kept_words = own_words()
            sampling = advanced()
        with gr.Column(elem_id="result", min_width=300):
            meters, progress, notice, changes, sentences = results()
    run = gr.Textbox(visible=False)  # sent with a waiting click, so each run keeps its own name
    last = gr.State()
    asked = [run, email, goal, model, words, *sampling]
    answer = [meters, progress, notice, changes, sentences, last, stop_button]
    begun = go.click(begin, asked, [run, *answer], **quiet(**TONE))
    worked = begun.success(
        proofread_page,
        asked,
        answer,
        api_visibility="private",
        show_progress="minimal",
        show_progress_on=progress,
        trigger_mode="multiple",
        **MODEL,
    )
    for event in (begun, worked):
        event.failure(failed, None, [progress, notice], **quiet(queue=False))
        event.failure(stop, run, stop_button, **quiet(queue=False))
    stop_button.click(stop, run, stop_button, **quiet(queue=False))
    changes.choose(choose, last, [meters, sentences], **quiet(trigger_mode="always_last", **TONE))
    changes.own(add_word, words, [words, kept_words], **quiet(queue=False))
    gr.api(proofread, **MODEL)
    gr.api(score, **TONE)
    gr.api(models, queue=False)
demo.queue(max_size=32, default_concurrency_limit=4)


def launch_options() -> dict[str, Any]:
    """What `demo.launch` needs to show and serve the page as meant."""
    return {
        "theme": gr.themes.Base(neutral_hue="stone", font=FONT, font_mono="monospace"),
        "css": (PAGE / "style.css").read_text("utf-8"),
        "footer_links": ["api"],
        "run_history": False,  # it would keep every email in the browser
        "mcp_server": importlib.util.find_spec("mcp") is not None,
        "ssr_mode": False,
        "show_error": False,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves the page until the process ends."""
    parser = argparse.ArgumentParser(prog="python app.py", description="Serve the page.")
    add_flags(parser)
    try:
        if named := named_models(parser.parse_args(arguments)):
            worker.scorer = load_scorer(named)
    except ValueError as error:
        parser.error(str(error))
    if os.environ.get("SPACES_ZERO_GPU"):
        import spaces

        spaces.GPU(lambda: None)  # a ZeroGPU Space ends an app that has no GPU function
    demo.launch(
        server_name=os.environ.get(
            "GRADIO_SERVER_NAME", "0.0.0.0" if answers.on_space() else "127.0.0.1"
        ),
        server_port=int(os.environ.get("GRADIO_SERVER_PORT", 7860)),
        **launch_options(),
    )


if __name__ == "__main__":
    main()
