"""An engine that gives fixed answers, and a Proofreader with it: for the pipeline's branches."""

import time

from classifiers.tone import Tone
from proofreader.asking import OneByOne, Piece
from proofreader.loading import Model, ModelInfo
from proofreader.models import ModelEntry
from proofreader.pipeline import Options, Proofreader

EMAIL = """Hi Priya,

I has a question about invoice 4711.
We needs it until Friday.

Best regards,
Tom Okafor
"""
SENTENCES = ["Hi Priya,", "I has a question about invoice 4711.", "We needs it until Friday."]


class Scorer:
    """Counts exclamation marks: enough to see which text was scored."""

    def score(self, texts):
        return [Tone(text.count("!") / 10, 0.0) for text in texts]


class FakeEngine(OneByOne):
    """Answers from a dict, copies what isn't in it, and notes what it was asked."""

    name = "fake"

    def __init__(self, answers=None, seconds=0.0):
        self.answers, self.seconds = answers or {}, seconds
        self.tokens = self.read_tokens = 0
        self.asked, self.busy, self.most_busy = [], 0, 0

    def complete(self, ask, stop):
        self.asked.append(ask.prompt.user.split("\n", 1)[1])
        self.busy += 1
        self.most_busy = max(self.busy, self.most_busy)
        time.sleep(self.seconds)
        self.busy -= 1
        for piece in self.answers.get(ask.draft, "=").split(" "):
            self.tokens += 1
            yield Piece(piece + " ", 0.7)


def reader(answers=None, *, order="off", unit="sentence", seconds=0.0, passes=1):
    """A Proofreader whose model is a FakeEngine."""
    proofreader = Proofreader(Scorer(), order)
    engine = FakeEngine(answers, seconds)
    info = ModelInfo("fake", None, None, None, None, "proofread", 1)
    model = Model(ModelEntry("fake", unit=unit, passes=passes), engine, "proofread", info)

    def load(name, sampling, progress=None):
        proofreader._loader.current = model
        return model

    proofreader._loader.load = load
    return proofreader, engine


def last(proofreader, text=EMAIL, **options):
    return list(proofreader.run(text, Options(**options)))[-1]
