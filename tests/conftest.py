"""One thread for every test: the nets under test are tiny, and a test that forks must not inherit a pool of threads, which hangs."""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is imported, which is later

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

if TYPE_CHECKING:
    from served import Served

MODELS = (
    "test_bench",
    "test_conformance",
    "test_laws",
    "test_llada",
    "test_server",
    "test_visitors_way",
    "test_zerogpu",
)  # files, by how their names begin


def group_of(path: str | Path) -> str:
    """The group of a test file: browser, models, or core for everything else."""
    path = Path(path)
    if path.parent.name == "browser":
        return "browser"
    return "models" if path.name.startswith(MODELS) else "core"


class Seconds:
    """Adds up what the tests of each group took and prints it at the end."""

    def __init__(self) -> None:
        self.by_group: defaultdict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.by_group[group_of(report.nodeid.partition("::")[0])] += report.duration

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.by_group:
            groups = [f"{group} {seconds:.0f}" for group, seconds in sorted(self.by_group.items())]
            terminalreporter.write_line(f"seconds: {', '.join(groups)}")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Seconds())


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        item.add_marker(group_of(item.path))


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


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Served"]:
    """The app as it is launched, with uploads in a folder of their own."""
    from served import serving

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("uploads")))
        with serving(patch) as served:
            yield served
