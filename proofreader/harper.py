"""Harper in this process: its lints, and whether its dictionaries have a word.

spelt_right("rhubarb")      # True
lints("I recieve mail")     # [("SpellCheck", <Lint>)]
"""

import threading
from functools import cache, lru_cache
from typing import Any

_lock = threading.Lock()


@cache
def _linters() -> tuple[Any, ...]:
    """One for each dialect, American first; they share their dictionary's memory."""
    from harper import Dialect, Linter

    linters = [Linter(dialect) for dialect in Dialect]
    # Harper 2.13 leaves a debug print to standard output in this rule
    linters[0].set_lint_config({**linters[0].get_lint_config(), "LookingForwardTo": False})
    for linter in linters[1:]:
        config = linter.get_lint_config()
        linter.set_lint_config({name: name == "SpellCheck" for name in config})
    return tuple(linters)


def lints(source: str) -> list[tuple[str, Any]]:
    """Every complaint about a text with the name of its rule, rule by rule."""
    with _lock:
        found = _linters()[0].organized_lints(source, language="plaintext")
        return [(rule, lint) for rule, several in found.items() for lint in several]


@lru_cache(maxsize=5000)
def spelt_right(word: str) -> bool:
    """Whether any dialect of English has the word."""
    with _lock:
        return not all(linter.lint(word, language="plaintext") for linter in _linters()[1:])
