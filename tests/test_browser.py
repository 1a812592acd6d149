"""The page in headless Chromium, without a model: `pytest tests/test_browser.py`."""

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.page_server import running

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
expect.set_options(timeout=20_000)

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
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


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    log = tmp_path_factory.mktemp("page") / "log.txt"
    with running("tests.fake_proofreader", log) as address:
        yield address, log


@pytest.fixture(scope="module")
def browser():
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


def after_meter(page):
    return page.locator(".meter.politeness .track").get_attribute("aria-valuetext")


def test_a_pasted_email_comes_back_with_each_edit_marked(page):
    proofread(page, EMAIL)
    assert final_text(page) == MENDED
    assert page.locator(".mail ins").all_inner_texts() == [
        "receive", "tomorrow", "do not match", "until",
    ]  # fmt: skip
    assert page.locator(".mail del").first.inner_text() == "recieve"
    assert page.locator(".tools .count").inner_text() == "4 of 4 edits taken"
    expect(page.locator(".progress")).to_contain_text("tokens/s")
    expect(page.locator(".meter.politeness")).to_contain_text(
        re.compile("[+\u2212][0-9][.][0-9][0-9]")
    )


def test_ctrl_enter_starts(page):
    page.locator("#email textarea").fill(EMAIL)
    page.keyboard.press("Control+Enter")
    page.locator('.result[data-phase="done"]').wait_for()
    assert final_text(page) == MENDED


def test_a_click_leaves_an_edit_and_takes_it_again(page):
    proofread(page, EMAIL)
    edit(page, "tommorow").click()
    assert "recieve" not in final_text(page)
    assert "tommorow" in final_text(page)
    expect(row(page, "tommorow").locator("input")).not_to_be_checked()
    edit(page, "tommorow").click()
    assert final_text(page) == MENDED


def test_the_list_takes_and_leaves_too(page):
    proofread(page, EMAIL)
    row(page, "recieve").locator("input").uncheck()
    expect(edit(page, "recieve")).to_have_attribute("aria-pressed", "false")
    assert final_text(page) == MENDED.replace("receive", "recieve")


def test_the_keyboard_alone_moves_and_toggles(page):
    proofread(page, EMAIL)
    edit(page, "recieve").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    page.keyboard.press(" ")
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(edit(page, "recieve")).to_be_focused()
    assert final_text(page) == EMAIL.replace("recieve", "receive").replace("untill", "until")
    edit(page, "untill").focus()
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert final_text(page) == MENDED


def test_every_control_is_reached_with_tab_and_has_a_name(page):
    proofread(page, EMAIL)
    page.locator("#email textarea").focus()
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "() => { const node = document.activeElement;"
                "return node.id || node.dataset.do || node.dataset.view || node.className }"
            )
        )
    wanted = {"go", "copy", "download", "all", "none", "changes", "final", "tones", "edit swap"}
    assert wanted <= set(seen)
    nameless = page.evaluate(
        "() => [...document.querySelectorAll('button, input, textarea, [role=button]')]"
        ".filter(node => node.checkVisibility() && !(node.innerText || '').trim()"
        " && !node.ariaLabel && !(node.labels && node.labels.length)).map(node => node.outerHTML)"
    )
    assert nameless == []


def test_take_all_leave_all_by_kind_and_back(page):
    proofread(page, EMAIL)
    page.get_by_role("button", name="Leave all").click()
    assert final_text(page) == EMAIL
    page.get_by_role("button", name="Spelling 3").click()
    assert final_text(page) == MENDED.replace("do not match", "does not matches")
    expect(page.get_by_role("button", name="Agreement 1")).to_have_attribute(
        "aria-pressed", "false"
    )
    page.get_by_role("button", name="Take all").click()
    assert final_text(page) == MENDED
    page.get_by_role("button", name="Undo").click()
    assert final_text(page) == MENDED.replace("do not match", "does not matches")
    page.get_by_role("button", name="Back to original").click()
    assert final_text(page) == EMAIL


def test_the_after_meters_follow_what_is_taken(page):
    proofread(page, "You idiot lost the keys. Thanks for nothing.")
    mended = after_meter(page)
    edit(page, "You idiot").click()
    page.wait_for_function(
        "old => document.querySelector('.meter.politeness .track').ariaValueText !== old",
        arg=mended,
    )
    page.locator('[data-view="tones"]').first.click()
    assert page.locator(".sentences tbody tr").count() == 2
    page.get_by_role("button", name="Changes").click()
    edit(page, "You idiot").click()
    expect(page.locator(".meter.politeness .track")).to_have_attribute("aria-valuetext", mended)


def test_a_toggle_shows_within_150_ms(page):
    proofread(page, "We recieve it. " * 100)
    milliseconds = page.evaluate(
        """() => Math.min(...[0, 1, 2, 3, 4].map(number => {
        const mark = document.querySelectorAll('.mail .edit')[number];
        const start = performance.now(); mark.click(); mark.offsetHeight;
        const left = mark.getAttribute('aria-pressed') === 'false';
        return left ? performance.now() - start : 1e9 }))"""
    )
    assert milliseconds < 150


def test_a_blocked_edit_is_listed_and_can_not_be_taken(page):
    proofread(page, EMAIL)
    blocked = page.locator(".blocked li")
    expect(blocked).to_contain_text("A number must stay as it is.")
    assert blocked.locator("input, button, [role=button]").count() == 0
    blocked.click()
    page.get_by_role("button", name="Take all").click()
    assert "1,840" in final_text(page)
    assert "1,804" not in final_text(page)


def test_stop_keeps_what_is_finished(page):
    page.locator("#email textarea").fill(ENDLESS)
    page.locator("#go").click()
    page.wait_for_function("() => document.querySelectorAll('.mail .edit').length >= 2")
    page.locator("#stop").click()
    page.locator('.result[data-phase="stopped"]').wait_for()
    text = final_text(page)
    assert text.startswith("We receive it. We receive it.")
    assert text.endswith("We recieve it. So take your time.")
    expect(page.locator("#stop")).to_be_disabled()
    expect(page.locator(".progress")).to_contain_text("Stopped")


def test_an_edit_left_while_sentences_still_come_stays_left(page):
    page.locator("#email textarea").fill(SLOW)
    page.locator("#go").click()
    edit(page, "recieve").first.click()
    page.locator('.result[data-phase="done"]').wait_for(timeout=20_000)
    assert final_text(page) == SLOW.replace("recieve", "receive").replace("receive", "recieve", 1)


def test_a_second_page_waits_and_is_told_so(open_page):
    first, second = open_page(), open_page()
    first.locator("#email textarea").fill(ENDLESS)
    first.locator("#go").click()
    first.locator('.result[data-phase="editing"]').wait_for()
    second.locator("#email textarea").fill(EMAIL)
    second.locator("#go").click()
    expect(second.locator(".progress p")).to_have_text("Number 1 of 1 in the queue")
    expect(second.locator(".meter.politeness .score")).to_be_visible()
    first.locator("#stop").click()
    second.locator('.result[data-phase="done"]').wait_for()


def test_stop_while_waiting_in_the_queue(open_page):
    first, second = open_page(), open_page()
    first.locator("#email textarea").fill(ENDLESS)
    first.locator("#go").click()
    first.locator('.result[data-phase="editing"]').wait_for()
    second.locator("#email textarea").fill(EMAIL)
    second.locator("#go").click()
    expect(second.locator("#stop")).to_be_enabled()
    second.locator("#stop").click()
    first.locator("#stop").click()
    expect(second.locator("#notice")).to_contain_text("Stopped before its turn")
    proofread(second, EMAIL)
    assert final_text(second) == MENDED


def test_copy(page):
    proofread(page, EMAIL)
    edit(page, "untill").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == MENDED.replace("until", "untill")


def test_download_is_the_final_text_byte_for_byte(page):
    text = "  Grüße 🙂,\n\n\tI recieve {{name}} & <b>.\n\n"
    proofread(page, text)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download .txt").click()
    assert download.value.suggested_filename == "email-proofread.txt"
    assert Path(download.value.path()).read_bytes() == text.replace("recieve", "receive").encode()


LIVE = (
    '<script>window.hacked = 1</script><img src="http://evil.example/x.png" '
    'onerror="window.hacked = 2"><a href="http://evil.example">click</a> recieve '
    '"><svg onload=window.hacked=3> ${window.hacked = 4} {{constructor.constructor}} '
    "`'</textarea></pre><style>*{display:none}</style> www.evil.example"
)


def test_html_in_the_email_is_text(page):
    proofread(page, LIVE)
    assert final_text(page) == LIVE.replace("recieve", "receive")
    assert page.evaluate("() => window.hacked") is None
    foreign = "#result :is(script, img, a, svg:not(.wrap svg), style, iframe)"
    assert page.locator(foreign).count() == 0


def test_own_words_stay_in_the_browser_and_nothing_else_does(page):
    proofread(page, EMAIL)
    row(page, "recieve").get_by_role("button", name=re.compile("recieve")).click()
    page.wait_for_function("() => JSON.stringify(localStorage).includes('email-proofreader-words')")
    page.wait_for_timeout(300)
    page.reload()
    page.locator('#goal[aria-label="Goal"]').wait_for()
    proofread(page, EMAIL)
    assert final_text(page) == MENDED.replace("receive", "recieve")
    page.locator("#words-panel > button").click()
    expect(page.locator("#words textarea")).to_have_value("recieve")
    page.locator("#words textarea").fill("recieve\nuntill")
    page.locator("#words textarea").blur()
    page.wait_for_timeout(2000)  # the box's own event must reach the page's state first
    proofread(page, EMAIL)
    assert final_text(page) == EMAIL.replace("tommorow", "tomorrow").replace(
        "does not matches", "do not match"
    )
    kept = page.evaluate("() => JSON.stringify([localStorage, sessionStorage, document.cookie])")
    assert "Priya" not in kept
    databases = page.evaluate("async () => (await indexedDB.databases()).map(one => one.name)")
    assert databases == []


@pytest.mark.parametrize(
    ("text", "message"),
    [("  \n ", "There is no text yet"), ("x" * 20_123, "this is 123 over")],
)
def test_errors_are_told_on_the_page(page, text, message):
    page.locator("#email textarea").fill(text)
    page.locator("#go").click()
    expect(page.get_by_role("alert")).to_contain_text(message)
    expect(page.locator("#stop")).to_be_disabled()
    proofread(page, EMAIL)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_notes_of_the_run_are_shown(page):
    proofread(page, "Guten Tag, wir recieve das.")
    expect(page.locator("#notice")).to_contain_text("does not look like English")


def test_examples_fill_the_box(page):
    page.get_by_role("button", name="Angry").click()
    expect(page.locator("#email textarea")).to_have_value(re.compile("absolutly furious"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_fits_and_can_be_read(open_page, width, theme):
    page = open_page(width, 800, theme)
    proofread(page, EMAIL + "A-very-long-word-without-a-break" * 20)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    for selector in CONTRASTED:
        assert contrast(page, selector) >= 4.5, selector
    go = page.locator("#go").bounding_box()
    result = page.locator("#result").bounding_box()
    assert (result["x"] > go["x"] + go["width"]) == (width == 1440)


CONTRASTED = (
    "#email textarea", "#go", "#goal .selected span", "#goal label:not(.selected) span",
    ".mail .sentence", ".mail ins", ".mail del", ".reading .name", ".score.after", ".ends",
    ".progress p", ".count", ".choose [data-do=all]", ".chip", ".edits .kind", ".edits .facts",
    ".hint", ".blocked .why", "#examples button", ".masthead p", ".views button:last-child",
)  # fmt: skip
CONTRAST = """node => {
  const read = text => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return {r, g, b, a} };
  const light = ({r, g, b}) => { const [x, y, z] = [r, g, b].map(v => (v /= 255) <= .03928
    ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * x + .7152 * y + .0722 * z };
  let ground = node, back = read(getComputedStyle(node).backgroundColor);
  while (back.a === 0) { ground = ground.parentElement; back = read(getComputedStyle(ground).backgroundColor) }
  const [high, low] = [light(read(getComputedStyle(node).color)), light(back)].sort((a, b) => b - a);
  return (high + .05) / (low + .05) }"""  # noqa: E501


def contrast(page, selector):
    """The WCAG 2 contrast ratio of a text with the nearest ground behind it."""
    return page.locator(selector).first.evaluate(CONTRAST)


def test_a_broken_server_is_told(page):
    page.locator("#email textarea").fill("break the server")
    page.locator("#go").click()
    expect(page.get_by_role("alert")).to_contain_text("That did not work")


def test_nothing_of_the_email_is_in_the_log(page, server):
    proofread(page, "The secret word is Xylograph, and we recieve it.")
    assert "Running on" in server[1].read_text()
    assert "Xylograph" not in server[1].read_text()
