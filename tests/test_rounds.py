"""Many texts in one batch, on the embedded base model, and drawing with a draft."""

import threading
import time
from collections import Counter
from dataclasses import replace
from threading import Event

import numpy as np
import pytest

from prompts import render
from proofreader.asking import Ask, Judge, OneByOne, Sampling
from proofreader.decoder import SEQUENCES
from proofreader.drafting import Sampler
from proofreader.engine import LlamaEngine
from proofreader.rounds import Turns

TEXTS = [
    "I has went to the office yesterday.",
    "Please send me the invoice until Friday.",
    "She don't know where is the key of the cellar.",
    "Thank you for your help.",
    "We was waiting since two hours at the station, nobody came.",
]


def ask(text, **sampling):
    prompt = render("instruct", goal="errors only", sentiment="+0.0", politeness="+0.0", text=text)
    return Ask(prompt, text, Sampling(**{"max_tokens": 16, **sampling}))


def job(wanted, found, key):
    found[key] = yield wanted


def together(engine, wanted, stop=None):
    """The results of all that is wanted, by number, carried out at once."""
    found = {}
    jobs = [job(one, found, number) for number, one in enumerate(wanted)]
    ended = [number for numbers in engine.work(jobs, stop or Event()) for number in numbers]
    assert sorted(ended) == sorted(found)
    return found


@pytest.fixture
def batches(engine, monkeypatch):
    """How many tokens each batch had."""
    sizes = []
    decode = type(engine._decoder)._decode
    monkeypatch.setattr(
        type(engine._decoder),
        "_decode",
        lambda self, count: sizes.append(count) or decode(self, count),
    )
    return sizes


def test_side_by_side_they_are_answered_as_alone_in_fewer_batches(engine, batches):
    alone = ["".join(engine.complete(ask(text), Event())) for text in TEXTS]
    one_by_one = len(batches)
    batches.clear()
    found = together(engine, [ask(text) for text in TEXTS])
    same = sum("".join(found[number]) == text for number, text in enumerate(alone))
    assert same >= len(TEXTS) - 1  # other batch sizes may tip a near tie
    assert len(batches) < one_by_one / 2


def test_likelihoods_side_by_side_are_those_of_one_alone(engine, batches):
    answers = [TEXTS[0], TEXTS[0].replace("has went", "went"), "Office.", "I has no idea at all."]
    prompt = ask(TEXTS[0]).prompt
    alone = [engine.loglikelihood(prompt, [answer], Event())[0] for answer in answers]
    read = sum(batches)
    batches.clear()
    assert together(engine, [Judge(prompt, answers)])[0] == pytest.approx(alone, abs=0.3)
    assert sum(batches) < read  # what the answers share is read once
    assert max(alone) - min(alone) > 5


def test_the_instructions_are_read_once_for_all(engine, batches):
    engine._decoder.clear()
    together(engine, [ask(text, max_tokens=1) for text in TEXTS])
    length = len(engine.prompt_tokens(ask(TEXTS[0]).prompt))
    assert sum(batches) < 2 * length + 30 * len(TEXTS)
    assert engine._decoder.used <= length + 30  # nothing is left but one prompt


def test_what_new_prompts_have_in_common_is_read_once(engine, batches):
    def prompt(text):
        tone = {"sentiment": "+0.7", "politeness": "-0.6"}
        return render("instruct", goal="polish", **tone, text=text)

    engine._decoder.clear()
    together(engine, [Ask(prompt(text), text, Sampling(max_tokens=1)) for text in TEXTS])
    apart = sum(len(engine.prompt_tokens(prompt(text))) for text in TEXTS)
    lead = len(engine.prompt_tokens(prompt("")))
    assert sum(batches) < apart - 3 * lead


def test_the_answer_that_nothing_changes_ends_with_the_prompts_batch(engine, batches, monkeypatch):
    wanted = replace(ask(TEXTS[0]), draft="zebra")
    first = next(iter(engine.complete(wanted, Event())))
    monkeypatch.setattr(engine, "_unchanged", engine.tokenize(first))
    batches.clear()
    assert "".join(engine.complete(wanted, Event())) == first
    assert len(batches) == 1


def test_more_texts_than_sequences(engine):
    wanted = [ask(f"{number} apples.", max_tokens=1) for number in range(SEQUENCES + 6)]
    assert len(together(engine, wanted)) == SEQUENCES + 6


def test_a_stop_closes_what_has_not_ended_and_leaves_the_engine_well(engine):
    stop, closed = Event(), []

    def long_job():
        try:
            yield ask("one two three " * 100, max_tokens=200)
        finally:
            closed.append(True)

    threading.Timer(0.2, stop.set).start()
    jobs = [long_job() for _ in range(4)]
    assert [number for numbers in engine.work(jobs, stop) for number in numbers] == []
    assert len(closed) == sum(one.gi_frame is None and one.gi_running is False for one in jobs) == 4
    assert "".join(engine.complete(ask(TEXTS[3]), Event()))


def test_texts_that_nearly_fill_the_context_take_turns(base_path):
    engine = LlamaEngine(base_path, context=600)
    try:
        wanted = [ask("one two three four five " * 55, max_tokens=4) for _ in range(12)]
        assert len(together(engine, wanted)) == 12
    finally:
        engine.close()


@pytest.mark.parametrize("drafted", [0, 1, 5])
@pytest.mark.parametrize("settings", [{"top_k": 8}, {"top_k": 4, "min_p": 0.1}])
def test_a_draft_leaves_the_distribution_as_it_is(drafted, settings):
    logits = np.array([[2.0, 1.5, 1.0, 0.5, 0.0, -1.0, -2.0, -3.0]] * 2, np.float32)
    sampling = Sampling(temperature=0.8, top_p=1.0, **{"min_p": 0.0, **settings})
    sampler, draws, counts = Sampler(sampling, 8), 6000, Counter()
    ids, chances = sampler.distribution(logits[0])
    for _ in range(draws):
        agreed, choice = sampler.pick(logits, [drafted])
        counts[drafted if agreed else choice.token] += 1
    sampler.close()
    assert set(counts) <= set(ids.tolist())
    for token, chance in zip(ids.tolist(), chances, strict=True):
        spread = (chance * (1 - chance) / draws) ** 0.5
        assert counts[token] / draws == pytest.approx(chance, abs=4.5 * spread + 1e-9)


def test_the_temperature_and_the_filters_shape_the_distribution():
    logits = np.array([2.0, 1.0, 0.0, -1.0], np.float32)
    sampler = Sampler(Sampling(temperature=0.5, top_k=2, top_p=1.0, min_p=0.0), 4)
    ids, chances = sampler.distribution(logits)
    sampler.close()
    assert dict(zip(ids.tolist(), chances.round(4), strict=True)) == {0: 0.8808, 1: 0.1192}


def test_a_greedy_answer_heeds_the_repeat_penalty():
    logits = np.array([[3.0, 2.9, 0.0]] * 2, np.float32)
    sampler = Sampler(Sampling(repeat_penalty=1.5), 3)
    agreed, choice = sampler.pick(logits, [0])
    assert (agreed, choice.token) == (1, 1)  # the draft's 0 stands; said once, it loses to 1
    sampler.close()


def test_an_engine_that_can_only_complete_works_job_after_job():
    class Echo(OneByOne):
        def complete(self, wanted, stop):
            yield f"{wanted.draft}\n"
            yield "more"

    assert together(Echo(), [ask("A."), ask("B.")]) == {0: ["A.\n"], 1: ["B.\n"]}


def test_two_threads_share_batches_and_a_short_text_is_not_kept_waiting(engine):
    order, lock = [], threading.Lock()

    def run(name, texts):
        found = together(engine, [ask(text, max_tokens=12) for text in texts])
        with lock:
            order.append((name, len(found)))

    threads = [
        threading.Thread(target=run, args=("long", TEXTS * 6)),
        threading.Thread(target=run, args=("short", TEXTS[:1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert order == [("short", 1), ("long", 30)]


def test_whoever_waits_gets_the_next_turn():
    turns, order = Turns(), []

    def work(name, times):
        for _ in range(times):
            with turns:
                order.append(name)
                time.sleep(0.01)

    threads = [threading.Thread(target=work, args=one) for one in (("often", 12), ("once", 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert order.index("once") <= 2


def test_a_stop_of_one_leaves_the_others_their_answers(engine):
    alone = together(engine, [ask(text) for text in TEXTS[:2]])
    stop, found = Event(), {}
    other = threading.Thread(
        target=lambda: found.update(together(engine, [ask(text) for text in TEXTS[:2]]))
    )

    def long_job():
        other.start()
        yield ask("one two three " * 300, max_tokens=200)

    threading.Timer(0.3, stop.set).start()
    assert [number for numbers in engine.work([long_job()], stop) for number in numbers] == []
    other.join()
    assert found.keys() == alone.keys()
    assert sum("".join(found[n]) == "".join(alone[n]) for n in alone) >= 1  # near ties may tip


def test_a_fault_reaches_the_one_whose_it_is(engine):
    def faulty():
        yield ask(TEXTS[0], max_tokens=2)
        raise KeyError("mine")

    found = {}
    with pytest.raises(KeyError, match="mine"):
        list(engine.work([faulty()], Event()))
    list(engine.work([job(ask(TEXTS[3], max_tokens=4), found, 0)], Event()))
    assert found[0]
