"""The page around the edits in headless Chromium: stop and queue, messages, settings, looks.

pytest tests/test_browser_page.py
"""

import re

import pytest

from tests.browsing import EMAIL, ENDLESS, MARKS, MENDED, SLOW, edit, final_text, proofread, row

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = MARKS


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
