"""Prompts are data: each YAML file here has a version, a system text and a user text.

    render("proofread", goal="errors only", sentiment="+0.1", politeness="-0.4", text="Send it.")

The same files serve the app and the training, so a model is asked as it was taught.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

import yaml

HERE = Path(__file__).parent
UNCHANGED = "="  # what a model answers, instead of copying, when nothing needs to change


@dataclass(frozen=True)
class Prompt:
    """One request to a model, not yet in any model's chat template."""

    name: str
    version: int
    system: str
    user: str


@cache
def _load(name: str) -> dict:
    path = HERE / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in HERE.glob("*.yaml")))
        raise KeyError(f"no prompt named {name!r}; there are: {known}")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def number(score: float) -> str:
    """A tone score as the prompts carry it: "+0.3", "-1.0", "+0.0"."""
    return f"{round(score, 1) + 0.0:+.1f}"


def render(name: str, **values: str) -> Prompt:
    """Fill prompt `name`. Raises KeyError for a missing value and for one the prompt never uses."""
    data = _load(name)
    system, user = Template(data["system"].strip()), Template(data["user"].strip())
    wanted = {*system.get_identifiers(), *user.get_identifiers()}
    if wanted != values.keys():
        missing, unused = sorted(wanted - values.keys()), sorted(values.keys() - wanted)
        raise KeyError(f"prompt {name!r}: missing {missing}, unused {unused}")
    return Prompt(name, data["version"], system.substitute(values), user.substitute(values))
