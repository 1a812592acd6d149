"""Ask a topic expert: it answers, or says that the question is not about its topic.

    python -m training.ask "Where was he born?" --model runs/studies/expert/runs/open-tuned-0 \\
        --gate results/studies/expert/gate.json --read

--read: an expert that was trained with the book open gets the nearest passage of its topic.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from classifiers.related import Related
from prompts import Prompt
from proofreader.errors import ProofreadError
from training.studies.expert_gate import HALF


@dataclass(frozen=True)
class Answer:
    """text is None when the question was refused; `related` is its probability, 0..1."""

    text: str | None
    related: float
    passage: str | None = None


class Expert:
    """A run folder's best weights behind a gate; loaded at the first question it lets through."""

    def __init__(self, run: Path, gate: Related, passages: Sequence[str] = ()) -> None:
        if not (run / "best").is_dir():
            raise ProofreadError(f"{run} is no run folder with best/ in it.")
        self.run, self.gate, self._loaded = run, gate, None
        self._find = None
        if passages:
            from training.studies.expert_data import nearest

            self._find = nearest(passages)

    def ask(self, question: str, most: int = 32) -> Answer:
        """The greedy answer of at most `most` tokens."""
        related = self.gate.score(question)
        if related < HALF:
            return Answer(None, related)
        from training.answers import answers

        if self._loaded is None:
            self._loaded = self._load()
        passage, asked = None, question
        if self._find is not None:
            from training.studies.expert_data import reading

            passage = self._find(question)
            asked = reading(question, passage)
        said = answers(*self._loaded, [Prompt("chat", 1, "", asked)], most)[0]
        return Answer(said, related, passage)

    def _load(self):
        from training.answers import load
        from training.encoding import Encoder
        from training.recipe import Recipe

        model, tokenizer = load(Recipe.load(self.run / "recipe.yaml"), self.run / "best")
        return model, tokenizer, Encoder(tokenizer)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status: 0 for an answer, 2 for a refusal, 1 for errors."""
    from training.study import Options

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("question")
    parser.add_argument("--model", type=Path, required=True, help="a run folder")
    parser.add_argument("--gate", type=Path, required=True, help="gate.json of the study expert")
    parser.add_argument("--read", action="store_true", help="give it the nearest passage")
    parser.add_argument("--topic", help="where the passages are from; default: the gate's topic")
    parser.add_argument("--data", type=Path, default=Options().data)
    given = parser.parse_args(argv)
    try:
        gate = Related.load(given.gate)
        passages: Sequence[str] = ()
        if given.read:
            from training.studies.expert_data import topic

            options = Options(data=given.data, topic=given.topic or gate.topic)
            passages = topic(options).passages
        answer = Expert(given.model, gate, passages).ask(given.question)
    except (ProofreadError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    if answer.text is None:
        name = gate.topic.replace("_", " ")
        print(f"That is not about {name} (probability {answer.related:.2f}).")
        return 2
    print(answer.text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
