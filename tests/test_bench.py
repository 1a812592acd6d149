"""The benchmark: its statistics by hand, and a real small run of the embedded base."""

import json
import sys
import textwrap
from types import SimpleNamespace

import pytest

from prompts import Prompt
from proofreader.errors import ProofreadError
from training import bench
from training.bench_emails import with_answers, written_emails
from training.bench_report import Spread, figures, table
from training.contenders import Line, Mail, Setting
from training.racing import Gone, Runner, Timing, race, start

EMAILS = ("I has a car.", "The meeting are on Monday.")


def timing(contender, email, seconds, run=0, **more):
    return Timing(contender, email, seconds, seconds / 2, run=run, **more)


def test_a_spread_is_the_median_and_the_quartiles():
    assert Spread.of([4.0, 1.0, 3.0, 2.0, 10.0]) == Spread(3.0, 2.0, 4.0)
    assert Spread.of([7.0]) == Spread(7.0, 7.0, 7.0)
    assert Spread.of([]) is None


def test_a_ratio_is_taken_within_one_run_of_one_email():
    timings = [
        timing("plain", "a", 4.0, run=0),
        timing("pipeline", "a", 2.0, run=0),
        timing("limit", "a", 0.5, run=0),
        timing("plain", "a", 12.0, run=1),
        timing("pipeline", "a", 3.0, run=1),
        timing("limit", "a", 0.75, run=1),
        timing("plain-short", "b", 5.0),
        timing("plain", "b", 9.0),
        timing("pipeline", "b", 1.0),
    ]
    tokens = {(t.contender, t.email, t.run): 12 for t in timings}
    found = figures(timings, tokens, {"plain": [5.0]}, {"a": 2, "b": 0})
    assert list(found) == ["plain", "pipeline", "plain-short"]
    ours = found["pipeline"]
    assert ours.times_plain == Spread.of([3.0, 9.0])  # of a: 2 and 4; of b: 9
    assert ours.times_plain_short == Spread.of([5.0])
    assert ours.times_plain_with_mistakes == Spread.of([3.0])
    assert ours.times_plain_without == Spread.of([9.0])
    assert ours.share_of_limit == Spread.of([0.25])
    assert ours.tokens_per_second == Spread.of([5.0, 12.0])  # of a: 6 and 4
    assert ours.first_sentence == Spread.of([1.25, 0.5])
    assert found["plain"].start_to_first_sentence == Spread.of([5.0])
    assert found["plain"].times_plain == Spread.of([1.0, 1.0])


def test_a_failure_counts_as_one_and_in_no_figure():
    timings = [timing("lookup", "a", 2.0), timing("lookup", "b", 0.0, failed="ValueError: shape")]
    found = figures(timings, {("lookup", "a", 0): 10}, {}, {"a": 1, "b": 1})["lookup"]
    assert (found.emails, found.failed) == (1, {"b": "ValueError: shape"})
    assert found.tokens_per_second == Spread.of([5.0])
    assert found.times_plain is None


def test_written_emails_are_of_different_lengths_and_always_the_same():
    rows = written_emails(20)
    lengths = [len(row["text"].split()) for row in rows]
    assert len({row["id"] for row in rows}) == 20
    assert lengths == sorted(lengths)
    assert lengths[-1] > 3 * lengths[0]
    assert rows == written_emails(20)
    assert {row["split"] for row in rows} == {"train"}
    with pytest.raises(ProofreadError, match="--emails 1000"):
        written_emails(1000)


def test_an_answer_of_no_change_is_the_line_itself():
    mail = Mail("a", "", (Line("Hello.", "", "", 9), Line("I has.", "", "", 9)))
    assert bench.revised_lines(mail, Timing("plain-short", "a", answers=("=", "I have."))) == [
        "Hello.",
        "I have.",
    ]


def test_sameness_compares_the_two_that_may_answer_no_change():
    mails = [Mail("a", "", (Line("One.", "", "", 9), Line("Two.", "", "", 9)))]
    timings = [
        Timing("plain-short", "a", answers=("=", "Two!")),
        Timing("decoding", "a", answers=("= ", "Two?")),
    ]
    same = bench.sameness(mails, timings)
    assert (same.lines, same.same, same.share) == (2, 1, 0.5)
    assert same.differences == (("Two.", "Two!", "Two?"),)
    assert bench.sameness(mails, timings[:1]) is None


def test_what_must_be_read_is_neither_kept_from_before_nor_read_twice():
    engine = SimpleNamespace(
        tokenize=lambda text: [*map(ord, text)],
        prompt_tokens=lambda prompt: [*map(ord, f"{prompt.system}|{prompt.user}")],
    )

    def prompt_for(text, goal, tone):
        return Prompt("", 0, "Fix.", f"{tone.sentiment:+.1f} {text}")

    lines = (Line("Hi.", "Fix.", "+0.1 Hi.", 9), Line("Hm.", "Fix.", "+0.3 Hm.", 9))
    model = SimpleNamespace(engine=engine, prompt_for=prompt_for)
    mail = with_answers(Mail("a", "", lines), ("=", "Hm!"), model)
    assert mail.answers == ("=", "Hm!")
    assert "".join(map(chr, mail.reading)) == "+0." + "1 Hi.=" + "3 Hm.Hm!"


@pytest.fixture
def interpreter(tmp_path):
    """A stand-in for Python: a script that speaks as a contender's process does."""

    def write(body):
        path = tmp_path / "contender"
        path.write_text(f"#!{sys.executable}\nimport json, sys\n{textwrap.dedent(body)}")
        path.chmod(0o755)
        return str(path)

    return write


def test_one_that_is_missing_says_what_to_install(interpreter):
    python = interpreter("""print(json.dumps({"missing": "pip install it"}))""")
    with Runner("x", Setting("", ""), python) as runner, pytest.raises(Gone, match="install it"):
        runner.cold(Mail("a", "", ()))


def test_a_missing_interpreter_leaves_only_its_contender_out():
    found = start(["x"], Setting("", ""), Mail("a", "", ()), pythons={"x": "/no/such/python"})
    assert found.left_out == {"x": "There is no Python at /no/such/python"}
    assert found.runners == []


def test_a_failure_has_no_answers(interpreter):
    python = interpreter("""sys.stdin.readline(); print(json.dumps({"failed": "too long"}))""")
    with Runner("x", Setting("", ""), python) as runner, pytest.raises(Gone, match="a: too long"):
        runner.answers(Mail("a", "", ()))


def test_a_server_can_not_be_raced(capsys):
    assert bench.main(["--model", "http://127.0.0.1:9/v1"]) == 1
    assert "--model takes no server" in capsys.readouterr().err


def test_one_that_dies_leaves_the_race_and_the_others_go_on(interpreter):
    dying = interpreter("""sys.stdin.readline(); sys.exit("no such instruction")""")
    with Runner("dying", Setting("", ""), dying) as dead:
        runners = [dead]
        (last,) = race(runners, [Mail("a", "", ()), Mail("b", "", ())], runs=2)
        assert last.failed == "ended with status 1: no such instruction"
        assert runners == []


@pytest.fixture(scope="module")
def result(base_path, tmp_path_factory):
    """A benchmark of the untuned base on two one-line emails: its JSON and its folder."""
    folder = tmp_path_factory.mktemp("bench")
    files = []
    for number, text in enumerate(EMAILS):
        files.append(folder / f"{number}.txt")
        files[-1].write_text(text, encoding="utf-8")
    names = [str(path) for path in files]
    arguments = ["--emails", "0", "--runs", "1", "--starts", "1", "--model", str(base_path)]
    only = ["--only", "plain", "pipeline", "decoding"]
    assert bench.main([*arguments, *only, "--out", str(folder), "--file", *names]) == 0
    return json.loads((folder / "bench.json").read_text(encoding="utf-8")), folder


def test_a_real_run_has_a_figure_for_everything(result):
    data, folder = result
    assert list(data["contenders"]) == ["plain", "pipeline", "decoding"]
    assert data["left_out"] == {}
    for name, row in data["contenders"].items():
        assert row["emails"] == 2
        assert row["failed"] == {}
        assert 0 < row["first_sentence"]["median"] <= row["email_seconds"]["median"]
        assert row["tokens_per_second"]["median"] > 0
        assert row["peak_memory_mb"] > 100  # the weights alone are 98 MB
        assert (row["first_scores"] is None) == (name != "pipeline")
    assert data["contenders"]["plain"]["times_plain"]["median"] == 1
    assert [email["words"] for email in data["emails"]] == [4, 5]
    rows = (folder / "bench.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 2 * 4  # the three and the limit


def test_the_table_has_a_row_for_each_contender(result):
    data, folder = result
    text = (folder / "bench.md").read_text(encoding="utf-8")
    assert text == table(data)
    assert text.count("\n| ") == 1 + 3
    assert "Email Proofreader, its decoding alone" in text
