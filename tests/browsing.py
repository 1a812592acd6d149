"""What the tests in the browser share: the page, served without a model, and what is done on it.

pytestmark = MARKS

def test_it(page):          # or open_page(width=360, theme="dark")
    proofread(page, EMAIL)
"""

import os
import shutil

import pytest

from tests.page_server import running

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, or its path in CHROMIUM"),
]
EMAIL = (
    "Hi Priya,\n\nwe recieve it tommorow. The total is 1,840 EUR.\n"
    "The lists does not matches, untill friday.\n"
)
MENDED = (
    "Hi Priya,\n\nwe receive it tomorrow. The total is 1,840 EUR.\n"
    "The lists do not match, until friday.\n"
)
SLOW = "We recieve it. " * 12 + "So take your time."  # three seconds
ENDLESS = SLOW * 10


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    log = tmp_path_factory.mktemp("page") / "log.txt"
    with running("tests.narrow_page", log, seconds=300) as address:
        yield address, log


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    sync_api.expect.set_options(timeout=20_000)
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser, server):
    """Opens the page in a browser context of its own; asked for nothing but its own host."""
    contexts, foreign, errors = [], [], []

    def open_one(width=1440, height=900, theme="light", **settings):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, **settings
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: foreign.append(request.url))
        page.goto(server[0])
        page.locator("#email textarea").wait_for()
        page.locator(".result").wait_for()
        page.locator('#goal[aria-label="Goal"]').wait_for()  # script.js has run
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []
    assert [url for url in foreign if not url.startswith((server[0], "data:", "blob:"))] == []


@pytest.fixture
def page(open_page):
    return open_page()


def proofread(page, text):
    earlier = page.locator(".result").get_attribute("data-run")
    page.locator("#email textarea").fill(text)
    page.locator("#go").click()
    page.locator(f'.result[data-phase="done"]:not([data-run="{earlier}"])').wait_for()


def final_text(page):
    page.locator('[data-view="final"]').first.click()
    text = page.locator(".view.final").evaluate("node => node.textContent")
    page.get_by_role("button", name="Changes").click()
    return text


def edit(page, before):
    return page.locator(".mail .edit", has_text=before)


def row(page, before):
    return page.locator(".edits li", has_text=before)
