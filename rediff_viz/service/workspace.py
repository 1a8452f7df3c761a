"""The one folder that holds what a server writes: uploads, drawn scenes, files made for download. How much and how long says `budget`.

It lies under the temporary folder, belongs to one process and one user (0700, an unguessable name), and is removed when the process ends.
A process that was killed leaves it behind unlocked; the next one to start removes it. The lock of a process that lives is held, so
servers side by side leave each other's folders alone. Without file locks (Windows) nothing of others is removed.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from stat import S_ISDIR
from threading import Lock, Thread, current_thread, main_thread

from ..budget import FETCH, FILES_AGE, FILES_BYTES, FOLDERS, SWEEP

PREFIX, LOCK = "rediff_viz-server-", "process.lock"


class Workspace:
    """A folder of this process. In `files`, what is old goes, and the oldest beyond a number of bytes; `files/kept` stays to the end.

    folders: made by `folder`, at most so many. most_bytes: of all files. age, fetch: seconds. clock: seconds since the epoch.
    """

    def __init__(
        self, folders: int = FOLDERS, most_bytes: int = FILES_BYTES, age: float = FILES_AGE, fetch: float = FETCH,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._folders, self._most_bytes, self._age, self._fetch, self._clock = folders, most_bytes, age, fetch, clock
        remove_abandoned()
        self.path, self._lock_file = _claim()
        self.files = self.path / "files"
        self.kept = self.files / "kept"
        self.kept.mkdir(parents=True)
        self._owner, self._made, self._making = os.getpid(), list[Path](), Lock()
        atexit.register(self.close)

    def folder(self) -> Path:
        """A new folder with an unguessable name, for the files of one call; the oldest of these beyond a number goes."""
        made = self.files / f"made-{secrets.token_urlsafe(16)}"
        made.mkdir(parents=True)
        with self._making:
            self._made.append(made)
            beyond, self._made = self._made[: -self._folders], self._made[-self._folders :]
        for old in beyond:
            shutil.rmtree(old, ignore_errors=True)
        return made

    def sweep(self) -> None:
        """Remove what is older than the age, the oldest beyond the bytes, and folders that have been empty for a while."""
        held, total = self._held(), 0
        for used, size, path in sorted(held, reverse=True):
            total += size
            idle = self._clock() - used
            if idle > self._age or (total > self._most_bytes and idle > self._fetch):
                with suppress(OSError):
                    path.unlink()
                    total -= size
        for folder in (Path(name) for name, _, _ in os.walk(self.files, topdown=False)):
            with suppress(OSError):  # it is not empty, or somebody was faster
                if folder not in (self.files, self.kept) and self._clock() - folder.lstat().st_mtime > self._fetch:
                    folder.rmdir()

    def _held(self) -> list[tuple[float, int, Path]]:
        """(seconds of the last use, bytes, path) of every file that may go."""
        held = []
        for folder, _, names in os.walk(self.files):
            for name in names if Path(folder) != self.kept else ():
                with suppress(OSError):
                    about = os.lstat(path := Path(folder, name))
                    held.append((max(about.st_mtime, about.st_ctime), about.st_size, path))
        return held

    def close(self) -> None:
        """Remove everything. Only the process that made the folder does so, not one forked from it."""
        if os.getpid() == self._owner:
            with suppress(OSError):  # it was closed before
                os.close(self._lock_file)
            shutil.rmtree(self.path, ignore_errors=True)


def _claim() -> tuple[Path, int]:
    """A new folder and its lock, held for as long as this process lives."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()  # 0700, ours, and nobody's before
        with suppress(FileNotFoundError):  # a process that starts took it for abandoned; so it may have below
            handle = os.open(path / LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            if _lock(handle) and os.fstat(handle).st_nlink:
                return path, handle
            os.close(handle)


def remove_abandoned() -> int:
    """Remove the folders that processes of this user left when they were killed; returns how many."""
    return sum(_remove_if_abandoned(path) for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"))


def _remove_if_abandoned(path: Path) -> bool:
    if sys.platform == "win32":
        return False
    with suppress(OSError):
        about = path.lstat()  # of a link itself: what it points to is nobody's business
        if not S_ISDIR(about.st_mode) or about.st_uid != os.getuid():
            return False
        if not (path / LOCK).exists():
            path.rmdir()  # killed before it had written anything; of anything else this says no
            return True
        handle = os.open(path / LOCK, os.O_RDWR | os.O_NOFOLLOW)
        try:
            if _lock(handle):
                shutil.rmtree(path)
                return True
        finally:
            os.close(handle)
    return False


def _lock(handle: int) -> bool:
    """Take a file's lock; False where another process holds it. Raises OSError where there are no locks."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@lru_cache(maxsize=1)
def workspace() -> Workspace:
    """This process's own, made when it is first needed."""
    return Workspace()


def regularly(*tasks: Callable[[], None]) -> None:
    """Do these from now on every SWEEP seconds, in a thread that ends with the process."""

    def keep_on() -> None:
        while True:
            time.sleep(SWEEP)
            for task in tasks:
                task()

    Thread(target=keep_on, daemon=True, name="sweep").start()


def close_when_terminated() -> None:
    """Remove this process's folder also when SIGTERM ends it, which Python's own clearing up does not hear of."""

    def end(number: int, _frame: object) -> None:
        workspace().close()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    if current_thread() is main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, end)
