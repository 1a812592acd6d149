"""How fast the shipped model is here, beside other ways to run it: `make bench`, or

    python -m training.bench [--emails 20] [--runs 3] [--only plain pipeline] [--file MY.txt]

Writes results/bench.json (figures), bench.jsonl (every single time), bench.md (a table) and, with
matplotlib, bench.png. All contenders get the same emails in turns, each in a process of its own;
what is not installed is left out and says so. Run it on an idle machine: about 20 minutes with
everything, 10 without servers and transformers.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from classifiers.tone import usable_cpus
from prompts import UNCHANGED
from proofreader.asking import Sampling
from proofreader.engine import LlamaEngine
from proofreader.errors import ProofreadError
from proofreader.loading import Loader, Model
from proofreader.pipeline import Options
from training.bench_emails import prepare, with_answers, written_emails
from training.bench_report import Figures, chart, figures, table
from training.contenders import TITLES, Mail, Setting
from training.machine import command, machine, positive, versions
from training.racing import Runner, Starts, Timing, race, start
from training.rivals import server_version

ROOT = Path(__file__).parent.parent
EMAIL = ROOT / "tests" / "data" / "bench_email.txt"
OUT = ROOT / "results"
LONG = 700  # tokens: more than the 512 of llama-cpp-python's batch, where prompt lookup ends


@dataclass(frozen=True)
class Sameness:
    """How many lines our decoding answers as plain greedy decoding does, "=" allowed to both."""

    lines: int
    same: int
    share: float
    differences: tuple[tuple[str, str, str], ...]  # (line, plain's answer, ours)


@dataclass(frozen=True)
class Bench:
    """One run of the benchmark: where, with what, and what came out."""

    command: str
    day: str
    machine: str
    cpus: int
    versions: dict[str, str]
    model: str
    file: str
    runs: int
    emails: list[dict]
    contenders: dict[str, Figures]
    left_out: dict[str, str]
    lookup_on_a_long_prompt: str | None
    same_as_plain: Sameness | None


def revised_lines(mail: Mail, timing: Timing) -> list[str]:
    """What became of each line: its own text where the answer is that nothing is to change."""
    if timing.contender == "pipeline":  # it gives revised sentences, cut anew
        return list(timing.answers)
    pairs = zip(mail.lines, timing.answers, strict=True)
    return [line.text if answer.strip() == UNCHANGED else answer for line, answer in pairs]


def sameness(mails: Sequence[Mail], timings: Iterable[Timing]) -> Sameness | None:
    """How `decoding` and `plain-short` compare in their first run; None without both."""
    answers = {(t.contender, t.email): t.answers for t in timings if t.run == 0 and not t.failed}
    lines, differences = 0, []
    for mail in mails:
        plain, ours = (answers.get((name, mail.name)) for name in ("plain-short", "decoding"))
        if plain is None or ours is None:
            continue
        lines += len(mail.lines)
        for line, one, other in zip(mail.lines, plain, ours, strict=True):
            if one.strip() != other.strip():
                differences.append((line.text, one.strip(), other.strip()))
    if not lines:
        return None
    same = lines - len(differences)
    return Sameness(lines, same, round(same / lines, 4), tuple(differences))


def long_prompt(runner: Runner, text: str, model: Model) -> str:
    """What prompt lookup does with one sentence of more than LONG tokens."""
    times = LONG // len(model.engine.tokenize(text)) + 1
    line = prepare("long", " ".join(text.split()), 0, model).lines[0]
    content = " ".join([text] * times)
    line = replace(line, text=content, user=line.user + content, limit=8)
    try:
        timing = runner.revise(Mail("long", content, (line,)))
    except ProofreadError as error:
        return str(error)
    return timing.failed or f"no crash with {LONG} tokens"


@dataclass(frozen=True)
class Measured:
    """All single times, of whom, with the emails as they were given."""

    starts: Starts
    timings: list[Timing]
    mails: list[Mail]
    on_long: str | None  # what prompt lookup does with a long prompt


def measure(mails: list[Mail], model: Model, setting: Setting, options) -> Measured:
    """Start, warm and race the contenders that `options` (see parser) names."""
    pythons = {"transformers": options.transformers_python}
    starts = start(options.only, setting, mails[-1], options.starts, pythons)
    with ExitStack() as stack:
        for runner in starts.runners:
            stack.callback(runner.close)
        found = [runner for runner in starts.runners if runner.name == "decoding"]
        decoding = found[0] if found else stack.enter_context(Runner("decoding", setting))
        mails = [with_answers(m, decoding.answers(m), model) for m in mails]
        limit = stack.enter_context(Runner("limit", setting))
        limit.revise(mails[0])
        timings = []
        for timing in race([*starts.runners, limit], mails, options.runs):
            timings.append(timing)
            if timing.failed:
                print(f"{timing.contender} failed with {timing.email}: {timing.failed}")
            elif timing.contender == "limit":
                print(f"run {timing.run + 1}: {timing.email}", flush=True)
        lookups = [one for one in starts.runners if one.name.startswith("lookup")]
        text = " ".join(line.text for line in mails[-1].lines)
        on_long = long_prompt(lookups[0], text, model) if lookups else None
    return Measured(starts, timings, mails, on_long)


def bench(options: argparse.Namespace) -> tuple[Bench, list[Timing]]:
    """Measure everything on the emails that the options name."""
    model = Loader().load(options.model, Sampling())
    if not isinstance(model.engine, LlamaEngine):
        raise ProofreadError("Only a GGUF file can be raced: --model takes no server.")
    setting = Setting(str(model.engine.path), options.model, model.entry.context)
    rows = [(row["id"], row["text"], row["mistakes"]) for row in written_emails(options.emails)]
    rows += [(path.stem, path.read_text(encoding="utf-8"), -1) for path in options.file]
    if not rows:
        raise ProofreadError("There is no email to measure with. Give --emails or --file.")
    mails = [prepare(*row, model) for row in rows]
    measured = measure(mails, model, setting, options)
    mails, timings = measured.mails, measured.timings
    by_name = {mail.name: mail for mail in mails}
    tokens = {
        (one.contender, one.email, one.run): sum(
            len(model.engine.tokenize(line)) for line in revised_lines(by_name[one.email], one)
        )
        for one in timings
        if not one.failed and one.contender != "limit"
    }
    result = Bench(
        command=command("training.bench"),
        day=date.today().isoformat(),
        machine=machine(),
        cpus=usable_cpus(),
        versions=_versions(options),
        model=model.info.name,
        file=model.info.file,
        runs=options.runs,
        emails=[_described(mail, model) for mail in mails],
        contenders=figures(
            timings, tokens, measured.starts.seconds, {m.name: m.mistakes for m in mails}
        ),
        left_out=measured.starts.left_out,
        lookup_on_a_long_prompt=measured.on_long,
        same_as_plain=sameness(mails, timings),
    )
    return result, timings


def _described(mail: Mail, model: Model) -> dict:
    return {
        "name": mail.name,
        "words": len(mail.text.split()),
        "lines": len(mail.lines),
        "mistakes": mail.mistakes if mail.mistakes >= 0 else None,
        "tokens": sum(len(model.engine.tokenize(line.text)) for line in mail.lines),
        "tokens_to_read": len(mail.reading),
    }


def _versions(options: argparse.Namespace) -> dict[str, str]:
    found = versions()
    if "transformers" in options.only:
        other = versions(options.transformers_python)
        found |= {name: other[name] for name in ("torch", "transformers") if name in other}
    if any(name.startswith("server") for name in options.only) and (said := server_version()):
        found["llama-server"] = said
    return found


def write(result: Bench, timings: Sequence[Timing], out: Path) -> list[Path]:
    """Write bench.json, .jsonl, .md and, with matplotlib, .png into `out`; returns their paths."""
    out.mkdir(parents=True, exist_ok=True)
    paths = [out / f"bench.{ending}" for ending in ("json", "jsonl", "md")]
    data = asdict(result)
    rows = []
    for timing in timings:
        row = {k: v for k, v in asdict(timing).items() if k != "answers" and v is not None}
        rows.append({k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()})
    paths[0].write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    paths[1].write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    paths[2].write_text(table(data), encoding="utf-8")
    return paths + chart(data, rows, out / "bench.png")


def parser() -> argparse.ArgumentParser:
    """The command line's arguments."""
    found = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    found.add_argument("--emails", type=int, default=20, help="how many written emails")
    found.add_argument("--file", type=Path, nargs="*", default=[EMAIL], help="emails beside them")
    found.add_argument("--runs", type=positive, default=3)
    found.add_argument("--starts", type=positive, default=3, help="cold starts of each contender")
    found.add_argument("--only", nargs="+", default=list(TITLES), choices=list(TITLES))
    found.add_argument("--model", default=Options().model, help="as in models.yaml, or a .gguf")
    found.add_argument("--out", type=Path, default=OUT, help="folder of the results")
    found.add_argument(
        "--transformers-python", default=sys.executable, help="a Python that has torch"
    )
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    options = parser().parse_args(arguments)
    try:
        result, timings = bench(options)
        paths = write(result, timings, options.out)
    except (ProofreadError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print((options.out / "bench.md").read_text(encoding="utf-8"))
    print("\n".join(map(str, paths)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
