"""Rewritten text from an OpenAI-compatible server (llama-server, vLLM, TGI), past one machine.

engine = RemoteEngine("http://127.0.0.1:8080/v1", "my-model")
"""

import queue
import threading
from collections.abc import Iterator
from threading import Event

from proofreader.asking import Ask, OneByOne, Piece
from proofreader.errors import ProofreadError

POLL_SECONDS = 0.05  # how often a wait for a server looks at the stop event


class RemoteEngine(OneByOne):
    """An OpenAI-compatible server (llama-server, vLLM, TGI) at `base_url`, asked for `model`."""

    def __init__(self, base_url: str, model: str | None = None, token: str | None = None) -> None:
        self.name = model or base_url
        self.tokens = self.read_tokens = 0
        self._base_url, self._model, self._token = base_url, model, token

    def complete(self, ask: Ask, stop: Event) -> Iterator[Piece]:
        """See Engine. The server can't draft; probabilities are not asked for and read 1.0."""
        pieces: queue.Queue[str | Exception | None] = queue.Queue()
        threading.Thread(
            target=self._ask, args=(ask.prompt, ask.options, stop, pieces), daemon=True
        ).start()
        while not stop.is_set():
            try:
                piece = pieces.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            if piece is None:
                return
            if isinstance(piece, Exception):
                raise ProofreadError(
                    f"The server at {self._base_url} did not answer: {piece}"
                ) from piece
            self.tokens += 1
            yield Piece(piece)

    def _ask(self, prompt, options, stop, pieces) -> None:
        import httpx2
        from huggingface_hub import InferenceClient
        from huggingface_hub.errors import HfHubHTTPError, InferenceTimeoutError

        try:
            client = InferenceClient(base_url=self._base_url, token=self._token or "none")
            stream = client.chat_completion(
                [
                    {"role": "system", "content": prompt.system},
                    {"role": "user", "content": prompt.user},
                ],
                model=self._model,
                max_tokens=options.max_tokens,
                temperature=options.temperature,
                top_p=options.top_p,
                seed=options.seed,
                stream=True,
            )
            for event in stream:
                if stop.is_set():
                    break
                if event.choices and event.choices[0].delta.content:
                    pieces.put(event.choices[0].delta.content)
            pieces.put(None)
        except (httpx2.HTTPError, HfHubHTTPError, InferenceTimeoutError, OSError) as error:
            pieces.put(error)
