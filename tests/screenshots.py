"""Takes the pictures in docs/ of the real page with the embedded model in headless Chromium.

python -m tests.screenshots [NAME ...]      # all seven, or those named, e.g. page phone
"""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browsing import CHROMIUM
from tests.page_server import ROOT, running

PATIENCE = 300_000  # milliseconds


@dataclass(frozen=True)
class Shot:
    """One picture: the example in the box, what is done before it is taken, and the window."""

    example: str
    prepare: Callable[[Page], None]
    width: int = 1440
    height: int = 900
    theme: str = "light"


def done(page: Page) -> None:
    page.locator("#go").click()
    page.locator('.result[data-phase="done"]').wait_for()
    page.wait_for_timeout(400)


def card(page: Page) -> None:
    """The card of one edit in the text."""
    done(page)
    page.locator(".mail .edit").first.focus()
    page.wait_for_timeout(200)


def running_long(page: Page) -> None:
    """In the middle of a long email."""
    page.locator("#go").click()
    page.wait_for_function("() => document.querySelectorAll('.sentence.done').length > 8")


def chosen(page: Page) -> None:
    """Some edits left, the list in view."""
    done(page)
    for number in (1, 3):
        page.locator(".edits input").nth(number).uncheck()
    page.wait_for_timeout(1500)
    page.locator(".result .mail").first.evaluate("node => node.scrollIntoView({block: 'center'})")


def sentences(page: Page) -> None:
    done(page)
    page.locator('[data-view="tones"]').first.click()


def phone(page: Page) -> None:
    done(page)
    page.locator("#result").evaluate("node => node.scrollIntoView()")


def settings(page: Page) -> None:
    done(page)
    page.locator("#words-panel > button").click()
    page.locator("#words textarea").fill("Sørensen\nOPS")
    page.locator("#advanced > button").click()
    page.locator("#advanced").evaluate("node => node.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(400)


SHOTS = {
    "page": Shot("Learner's English", card),
    "dark": Shot("Angry", done, theme="dark"),
    "phone": Shot("Reply with quote", phone, width=360, height=780),
    "running": Shot("Long", running_long),
    "choose": Shot("List", chosen),
    "sentences": Shot("Blunt", sentences),
    "advanced": Shot("Table and code", settings),
}


def take(browser: Browser, address: str, name: str, shot: Shot) -> Path:
    """Takes one picture and returns where it lies."""
    context = browser.new_context(
        viewport={"width": shot.width, "height": shot.height},
        color_scheme=shot.theme,
        device_scale_factor=2 if shot.width < 500 else 1,
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.locator('#goal[aria-label="Goal"]').wait_for()
    page.get_by_role("button", name=shot.example).click()
    page.wait_for_function("() => document.querySelector('#email textarea').value")
    shot.prepare(page)
    path = ROOT / "docs" / f"{name}.png"
    path.parent.mkdir(exist_ok=True)
    page.screenshot(path=path)
    context.close()
    return path


def main(names: list[str]) -> None:
    log = Path(tempfile.mkdtemp()) / "log.txt"
    with running("app", log) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name in names or SHOTS:
            print(take(browser, address, name, SHOTS[name]).relative_to(ROOT))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
