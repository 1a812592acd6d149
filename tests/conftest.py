"""What several test files share: the embedded model, loaded once."""

import pytest

from proofreader.engine import LlamaEngine
from proofreader.models import locate, resolve

pytest_plugins = ["tests.browsing", "tests.local_hub"]


@pytest.fixture(scope="session")
def base_path():
    """The embedded base model's GGUF file, from its package."""
    return locate(resolve("embedded"))


@pytest.fixture(scope="session")
def engine(base_path):
    """The embedded base model, untuned, in llama.cpp."""
    engine = LlamaEngine(base_path)
    yield engine
    engine.close()
