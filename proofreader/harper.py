"""Harper in this process: its lints, and whether its dictionaries have a word.

spelt_right("rhubarb")      # True
lints("I recieve mail")     # [("SpellCheck", <Lint>)]
"""

from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from typing import Any

FRESH = 200  # texts after which it starts anew (0.1 s): its own caches grow to 145 MB otherwise

# Harper keeps its words and what it saw anew in every thread that asks it: 45 MB and a second.
_thread = ThreadPoolExecutor(1, "harper")
_texts = 0  # since it last started anew


@cache
def _checker() -> Any:
    """The one that knows every rule, in American spelling."""
    from harper import Dialect, Linter

    linter = Linter(next(iter(Dialect)))
    # Harper 2.13 leaves a debug print to standard output in this rule
    linter.set_lint_config({**linter.get_lint_config(), "LookingForwardTo": False})
    return linter


@cache
def _spellers() -> tuple[Any, ...]:
    """One for the spelling of each dialect; all share their dictionary's memory."""
    from harper import Dialect, Linter

    linters = [Linter(dialect) for dialect in Dialect]
    for linter in linters:
        config = linter.get_lint_config()
        linter.set_lint_config({name: name == "SpellCheck" for name in config})
    return tuple(linters)


def lints(source: str) -> list[tuple[str, Any]]:
    """Every complaint about a text with the name of its rule, rule by rule."""
    return _thread.submit(_lints, source).result()


def _lints(source: str) -> list[tuple[str, Any]]:
    global _texts
    _texts += 1
    if _texts > FRESH:
        _checker.cache_clear()
        _texts = 1
    found = _checker().organized_lints(source, language="plaintext")
    return [(rule, lint) for rule, several in found.items() for lint in several]


@lru_cache(maxsize=5000)
def spelt_right(word: str) -> bool:
    """Whether any dialect of English has the word."""
    return _thread.submit(_spelt_right, word).result()


def _spelt_right(word: str) -> bool:
    return not all(linter.lint(word, language="plaintext") for linter in _spellers())
