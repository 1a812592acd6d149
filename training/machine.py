"""On what a benchmark ran and how: machine(), versions(), command(); positive() for its options.

python -m training.machine      # prints the first two
"""

import argparse
import json
import platform
import shlex
import subprocess
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("llama-cpp-python", "numpy", "onnxruntime", "harper-py", "torch", "transformers")


def machine() -> str:
    """The processor's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def versions(python: str = sys.executable) -> dict[str, str]:
    """Versions of an interpreter and of its installed packages that decide about speed."""
    if python != sys.executable:
        command = [python, "-m", "training.machine"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        return json.loads(done.stdout)["versions"] if done.returncode == 0 else {}
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def command(module: str) -> str:
    """What was typed to run `module`, without where things are on this machine."""
    typed = [Path(one).name if Path(one).is_absolute() else one for one in sys.argv[1:]]
    return shlex.join(["python", "-m", module, *typed])


def positive(typed: str) -> int:
    """argparse's type for how often: a whole number from 1 on."""
    if not typed.isdecimal() or int(typed) < 1:
        raise argparse.ArgumentTypeError(f"{typed} is not a whole number from 1 on")
    return int(typed)


if __name__ == "__main__":
    print(json.dumps({"machine": machine(), "versions": versions()}))
