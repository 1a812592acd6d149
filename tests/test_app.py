"""The page's events as functions, and its API as a client sees it: `pytest tests/test_app.py`."""

import ast
import asyncio
import importlib.util
import json
import subprocess
import sys
import threading
import time
import urllib.request
from types import SimpleNamespace

import jsonschema
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

import app
from classifiers.hub import HubModel
from page.settings import SETTINGS
from proofreader.pipeline import GOALS
from tests.fake_proofreader import FakeProofreader
from tests.page_server import ROOT, running

SAMPLING = [one.default for one in SETTINGS]
EMAIL = "We recieve it tommorow. The total is 1,840 EUR."


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(app, "worker", FakeProofreader())
    yield app.worker
    app.stops.clear()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    log = tmp_path_factory.mktemp("api") / "log.txt"
    with running("tests.fake_proofreader", log) as address:
        yield address, log


@pytest.fixture(scope="module")
def client(server):
    return Client(server[0], verbose=False)


def begin(text, goal="errors only", model="embedded", words="", earlier=""):
    return app.begin(earlier, text, goal, model, words, *SAMPLING)


def run(name, text, goal="errors only", model="embedded", words=""):
    return app.proofread_page(name, text, goal, model, words, *SAMPLING)


def test_importing_the_page_loads_no_model():
    code = "import app, sys; print([n for n in ('llama_cpp', 'onnxruntime') if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip() == "[]"


def test_a_click_shows_scores_before_the_model_works(fake):
    name, meters, progress, notice, changes, *_ = begin(EMAIL)
    assert name in app.stops
    assert 'role="meter"' in meters
    assert "Waiting" in progress
    assert notice == ""
    assert 'data-phase="waiting"' in changes


def test_a_run_ends_done_and_is_forgotten(fake):
    name = begin(EMAIL, words="tommorow\n")[0]
    *_, last = run(name, EMAIL, words="tommorow\n")
    assert 'data-phase="done"' in last[3]
    assert "<ins>receive</ins>" in last[3]
    assert "<ins>tomorrow</ins>" not in last[3]
    assert app.stops == {}


def test_the_settings_of_the_page_reach_the_run(fake):
    name = app.begin("", EMAIL, "calmer", "embedded", "Luz", 0.7, 0.5, 20, 0.1, 1.2, 64, 9, 2048)[0]
    list(app.proofread_page(name, EMAIL, "calmer", "embedded", "Luz", 0.7, *SAMPLING[1:]))
    assert fake.asked[0].sampling.seed == 9
    assert fake.asked[0].sampling.context == 2048
    assert fake.asked[1].goal == "calmer"
    assert fake.asked[1].dictionary == {"Luz"}
    assert fake.asked[1].sampling.temperature == 0.7
    assert fake.asked[1].sampling.context is None


def test_stop_is_honoured_in_the_middle_of_a_sentence(fake):
    fake.delay = 60
    name = begin(EMAIL)[0]
    states = run(name, EMAIL)
    next(states)
    threading.Timer(0.1, app.stop, [name]).start()
    began = time.monotonic()
    *_, last = states
    assert time.monotonic() - began < 2
    assert 'data-phase="stopped"' in last[3]


def test_a_browser_that_goes_away_stops_its_run(fake):
    name = begin(EMAIL)[0]
    asked = app.stops[name]
    states = run(name, EMAIL)
    next(states)
    states.close()
    assert asked.is_set()
    assert app.stops == {}


def test_a_second_click_ends_the_first_run(fake):
    first = begin(EMAIL)[0]
    asked = app.stops[first]
    second = begin(EMAIL, earlier=first)[0]
    assert asked.is_set()
    assert list(app.stops) == [second]
    ((_, _, notice, *_),) = run(first, EMAIL)
    assert "Stopped before its turn" in notice
    app.stop(second)


def test_what_a_user_did_wrong_is_told(fake):
    name, _, _, notice, *_ = begin(" ")
    assert name == ""
    assert 'role="alert"' in notice
    assert "There is no text yet" in notice
    (nothing,) = run(name, " ")
    assert nothing == (app.gr.skip(),) * 7


def test_a_missing_model_is_told_in_place_of_a_result(fake, monkeypatch):
    name = begin(EMAIL)[0]
    ((_, _, notice, *_),) = run(name, EMAIL, model="missing.gguf")
    assert "Check the path" in notice


def test_strangers_can_not_name_a_file_or_server(fake, monkeypatch):
    monkeypatch.setenv("SPACE_ID", "someone/space")
    assert "can&#x27;t be used here" in begin(EMAIL, model="/etc/x.gguf")[3]
    assert "can&#x27;t be used here" in begin(EMAIL, model="http://10.0.0.1/v1")[3]


def test_a_choice_moves_the_after_meters(fake):
    text = "You idiot. Thanks."
    *_, last = fake.run(text)
    event = SimpleNamespace(_data={"left": ["0-9"]})
    meters, sentences = app.choose(last, event)
    assert "unchanged" in meters
    assert "<s>" not in sentences
    meters, _ = app.choose(last, SimpleNamespace(_data={"left": []}))
    assert "unchanged" not in meters


def test_nothing_is_kept_by_gradio():
    options = app.launch_options()
    assert options["run_history"] is False
    assert app.demo.analytics_enabled is False
    assert "http" not in options["theme"]._stylesheets


def test_only_three_endpoints_are_offered(client):
    assert set(client.view_api(return_format="dict")["named_endpoints"]) == {
        "/proofread", "/score", "/models",
    }  # fmt: skip


def test_proofread_answers_as_the_schema_says(client):
    answer = client.predict(EMAIL, "polish", "embedded", ["tommorow"], api_name="/proofread")
    schema = json.loads((ROOT / "proofreader" / "proofread.schema.json").read_text())
    jsonschema.validate(answer, schema)
    assert answer["revised"] == "We receive it tommorow. The total is 1,840 EUR."
    assert answer["options"]["goal"] == "polish"
    assert [edit["verdict"] for edit in answer["edits"]] == ["kept", "blocked"]


def test_proofread_needs_nothing_but_a_text(client):
    assert client.predict("I recieve it.", api_name="/proofread")["revised"] == "I receive it."
    assert client.predict("a\r\nI recieve.\r\n", api_name="/proofread")["original"] == (
        "a\r\nI recieve.\r\n"
    )


def test_score_and_models(client):
    answer = client.predict("You idiot. Thanks.", api_name="/score")
    assert answer["sentences"][0] == {
        "text": "You idiot.", "sentiment": -0.4, "politeness": -0.5,
    }  # fmt: skip
    assert -1 <= answer["politeness"] < 0
    names = [entry["name"] for entry in client.predict(api_name="/models")]
    assert names[0] == "embedded"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("  ",), "no text yet"), (("Hi.", "nicer"), "no goal"), (("x" * 20_050,), "50 over")],
)
def test_the_api_says_what_is_wrong(client, arguments, message):
    with pytest.raises(AppError, match=message):
        client.predict(*arguments, api_name="/proofread")


def test_the_log_holds_no_email(client, server):
    client.predict("Xylograph recieve.", api_name="/proofread")
    with pytest.raises(AppError):
        client.predict("Xylograph", "nicer", api_name="/proofread")
    assert raw_call(server[0], ["Xylograph"]).startswith("event: error")
    assert '"revised": "I receive it."' in raw_call(server[0], ["I recieve it.", "polish", "x", []])
    assert "Xylograph" not in server[1].read_text()


def raw_call(address, data):
    """What curl would get: the events of one call."""
    url = f"{address}/gradio_api/call/proofread"
    body = json.dumps({"data": data}).encode()
    call = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(call, timeout=60) as answer:
        name = json.load(answer)["event_id"]
    with urllib.request.urlopen(f"{url}/{name}", timeout=60) as answer:
        return answer.read().decode()


@pytest.mark.skipif(importlib.util.find_spec("mcp") is None, reason="needs gradio[mcp]")
def test_the_same_as_mcp_tools(server):
    tools, answer = asyncio.run(ask_mcp(f"{server[0]}/gradio_api/mcp/"))
    assert set(tools) == {"proofread", "score", "models"}
    assert tools["proofread"].inputSchema["properties"]["text"]["type"] == "string"
    assert "mend its mistakes" in tools["proofread"].description
    assert ast.literal_eval(answer.content[0].text)["revised"] == "I receive it."


async def ask_mcp(address):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async with (
        streamable_http_client(address) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        return tools, await session.call_tool("proofread", {"text": "I recieve it."})


def test_every_goal_is_offered():
    assert [choice[0] for choice in app.goal.choices] == list(GOALS)


def test_flags_name_what_scores_the_tone(fake, monkeypatch, capsys):
    started = []
    monkeypatch.setattr(app.demo, "launch", lambda **settings: started.append(settings))
    app.main(["--sentiment-model", "ann/feeling", "--sentiment-labels", "good=1"])
    assert app.worker.scorer.scorer.sentiment == HubModel("ann/feeling", {"good": 1.0})
    with pytest.raises(SystemExit):
        app.main(["--politeness-labels", "good=1"])
    assert "Name --politeness-model, too" in capsys.readouterr().err
    assert len(started) == 1
