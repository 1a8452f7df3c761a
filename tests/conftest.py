"""One thread for every test: the nets under test are tiny, and a test that forks must not inherit a pool of threads, which hangs."""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is imported, which is later

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    """A photograph-sized picture of the recordings."""
    return Image.open(Path(__file__).parent / "golden/images/rgb_landscape.png").convert("RGB")


@pytest.fixture
def fresh() -> Iterator[None]:
    """Forget opened backends and models before and after."""
    from rediff_viz import backends
    from rediff_viz.backends.llada import loading

    backends.forget()
    loading.forget_all()
    yield
    backends.forget()
    loading.forget_all()
