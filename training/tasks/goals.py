"""Goals: is the tone moved in the direction asked for, with no fact lost or made up?

`python -m training.evaluation goals_friendlier`, and so on for formal, concise and
calmer. The judge of the tone goals is a bag-of-words model that has nothing to do with the
scores in the prompt:
it is fitted on the train pairs of training/data (needs the extra `score`),
and its worth is the column "reference", where it reads the written targets. Concise is counted.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

from proofreader.errors import ProofreadError
from training.tasks import Line, Marks, Outcome, Task, read_lines
from training.tasks.written import FOLDER, facts

GOALS = {
    "goals_friendlier": "friendlier",
    "goals_formal": "more formal",
    "goals_concise": "more concise",
    "goals_calmer": "calmer",
}
SHORTER = 0.95  # of the words: less is not a saving a reader notices


def rows(goal: str, split: str) -> list[dict]:
    """The written pairs of a goal in a split."""
    found = [
        json.loads(line)
        for path in sorted(FOLDER.glob("goals_*.jsonl"))
        for line in read_lines(path)
        if line
    ]
    return [row for row in found if row["goal"] == goal and row["split"] == split]


@cache
def judge(goal: str) -> Callable[[str], float]:
    """How far a text goes in the goal's direction: log odds, higher is further.

    Fitted on the train pairs of all tone goals, sources against targets of this goal.
    """
    if goal == "more concise":
        return lambda text: -len(text.split())
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline, make_union
    except ImportError as error:
        raise ProofreadError(
            "scikit-learn is missing. Install it: pip install -e '.[score]'"
        ) from error
    pairs = [row for row in rows(goal, "train") if row["source"] != row["target"]]
    texts = [row[side] for row in pairs for side in ("source", "target")]
    model = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"[\w']+|[!?.,;]", sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True),
        ),
        LogisticRegression(C=10.0, max_iter=2000),
    )
    model.fit(texts, [0, 1] * len(pairs))
    return lambda text: float(model.decision_function([text])[0])


def moved(goal: str, before: str, after: str) -> bool:
    """Whether the judge finds `after` further in the goal's direction than `before`."""
    if goal == "more concise":
        return len(after.split()) <= SHORTER * len(before.split())
    return judge(goal)(after) > judge(goal)(before)


def mark(line: Line, outcome: Outcome) -> Marks:
    """Moved, facts kept, both; for texts that need no change whether they were left alone."""
    goal = line.facts["goal"]
    known = facts(line.text) | facts(line.references[0])
    firm, found = facts(line.text) & facts(line.references[0]), facts(outcome.output)
    safe = (firm & found) == firm and not found - known
    if line.references[0] == line.text:
        return {"left alone where nothing was needed": (outcome.output == line.text, 1)}
    on = moved(goal, line.text, outcome.output)
    return {
        "tone moved": (on, 1),
        "every fact kept": (safe, 1),
        "tone moved, every fact kept": (on and safe, 1),
        "changed": (outcome.output != line.text, 1),
    }


def _task(name: str, goal: str, split: str) -> Task:
    def load(_: Path) -> list[Line]:
        found = rows(goal, split)
        return [Line(r["id"], r["source"], (r["target"],), {"goal": goal}) for r in found]

    about = f"goal {goal!r}: tone moved and facts kept, higher is better"
    return Task(name, about, load, mark, goal=goal)


TASKS = {name: _task(name, goal, "test") for name, goal in GOALS.items()}
TASKS |= {f"{name}_dev": _task(f"{name}_dev", goal, "dev") for name, goal in GOALS.items()}
