"""Edits in headless Chromium, from the pasted text to the download, without a model.

pytest tests/test_browser_edits.py
"""

import re
from pathlib import Path

import pytest

from tests.browsing import EMAIL, MARKS, MENDED, edit, final_text, proofread, row

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = MARKS


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
