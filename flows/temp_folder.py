"""A folder of temporary files, in which nothing leads out of it (R2).

Everything is done from the folder's descriptor, one name at a time, and no name
is followed if it is a symbolic link: one that is put in place of a folder, at
whatever moment, is at most removed itself.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from flows.run_dbt import PROJECT

# Deeper than any renderer nests, and far from the limits of Python and of open
# files.
DEPTH = 200
OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# What a file system keeps in its own root.
NOT_OURS = ("lost+found",)
# For `before`: however new a file is.
ANY_AGE = sys.maxsize


class FolderError(RuntimeError):
    """Why a folder is not touched, without its path."""


@dataclass
class Tally:
    """What is, or was, in an entry of the folder.

    Attributes:
        files: everything that is no folder.
        size: of these, in bytes.
        newest: when the last of it was modified, folders, too, in ns.
        names: of everything in it.
        kept: how much bears a name that stays.
        other_devices: folders in it that another device is mounted at.
        troubles: why something could not be read or removed, in the system's
            words.
    """

    files: int = 0
    size: int = 0
    newest: int = 0
    names: set[str] = field(default_factory=set)
    kept: int = 0
    other_devices: int = 0
    troubles: list[str] = field(default_factory=list)


class TempFolder:
    """An open folder of temporary files."""

    def __init__(self, path: str, title: str) -> None:
        """Opens it.

        Args:
            path: from the root.
            title: what it is called in messages.

        Raises:
            FolderError: it is not there, is a link, or is no folder whose
                files may go.
        """
        # With a slash or a dot at its end a link would be followed.
        path = re.sub(r"(/\.?)+$", "", path) or "/"
        self.title = title
        if not path.startswith("/"):
            raise FolderError(f"{title} is no absolute path: write one from /")
        try:
            self.descriptor = os.open(path, OPEN)
        except OSError as error:
            if Path(path).is_symlink():
                raise FolderError(
                    f"{title} is a symbolic link: name the folder that it leads"
                    " to"
                ) from None
            raise FolderError(
                f"{title} cannot be opened ({error.strerror})"
            ) from None
        self.status = os.fstat(self.descriptor)
        if problem := self._problem():
            self.close()
            raise FolderError(f"{title} {problem}")

    def __enter__(self) -> TempFolder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes it."""
        os.close(self.descriptor)

    def _problem(self) -> str | None:
        """Why this is no folder of temporary files, or none."""
        for place in (
            os.environ.get("HOME") or "/root",
            str(PROJECT),
            sys.base_prefix,
            tempfile.gettempdir(),
            "/etc",
        ):
            if self.holds(place):
                return (
                    "is too broad: it is or holds the system's, a user's, or"
                    " this project's own folder; name one that holds nothing"
                    " but temporary files of the application"
                )
        if self.status.st_mode & stat.S_ISVTX:
            return (
                "is shared by all users (its sticky bit is set): name a folder"
                " of the application's own"
            )
        return None

    def holds(self, path: str) -> bool:
        """Whether it is that file or folder, or one of those above it.

        By what they are, not by their names: a folder that is mounted at two
        places is the same one.
        """
        real = Path(os.path.realpath(path))
        for place in (real, *real.parents):
            try:
                if os.path.samestat(place.stat(), self.status):
                    return True
            except OSError:
                continue
        return False

    def names(self) -> list[str]:
        """Those right in it.

        Raises:
            FolderError: it cannot be read.
        """
        try:
            found = os.listdir(self.descriptor)  # noqa: PTH208
        except OSError as error:
            raise FolderError(
                f"{self.title} cannot be read ({error.strerror})"
            ) from None
        return sorted(name for name in found if name not in NOT_OURS)

    def look(self, name: str, stays: Callable[[str], bool]) -> Tally:
        """What an entry holds; it may vanish meanwhile.

        Args:
            name: of the entry.
            stays: whether something of this name would not be removed.
        """
        tally = Tally()
        self._visit(self.descriptor, name, stays, None, tally, DEPTH)
        return tally

    def remove(
        self, name: str, stays: Callable[[str], bool], before: int
    ) -> Tally:
        """Removes an entry.

        Args:
            name: of the entry.
            stays: whether something of this name is left, with all in it.
            before: what was modified then (ns) or later is left.

        Returns:
            What went.
        """
        tally = Tally()
        self._visit(self.descriptor, name, stays, before, tally, DEPTH)
        return tally

    def _visit(
        self,
        at: int,
        name: str,
        stays: Callable[[str], bool],
        before: int | None,
        tally: Tally,
        depth: int,
    ) -> None:
        """Counts what `name` is in the folder `at`; removes it if `before`."""
        with _noting(tally):
            status = os.stat(name, dir_fd=at, follow_symlinks=False)
            tally.names.add(name)
            if stays(name):
                tally.kept += 1
                return
            tally.newest = max(tally.newest, status.st_mtime_ns)
            if not stat.S_ISDIR(status.st_mode):
                if before is not None:
                    if status.st_mtime_ns >= before:
                        return
                    os.unlink(name, dir_fd=at)
                tally.files += 1
                tally.size += (
                    status.st_size if stat.S_ISREG(status.st_mode) else 0
                )
                return
            if not depth:
                raise OSError(errno.ELOOP, "It is nested too deeply")
            folder = os.open(name, OPEN, dir_fd=at)
            try:
                if os.fstat(folder).st_dev != self.status.st_dev:
                    tally.other_devices += 1
                    return
                for each in sorted(os.listdir(folder)):  # noqa: PTH208
                    self._visit(folder, each, stays, before, tally, depth - 1)
            finally:
                os.close(folder)
            if before is not None:
                # Not empty, if something in it stays or came in meanwhile.
                with _passing_over(errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY):
                    os.rmdir(name, dir_fd=at)


@contextmanager
def _noting(tally: Tally) -> Iterator[None]:
    """Notes what goes wrong; that something has vanished is right."""
    try:
        yield
    except FileNotFoundError:
        pass
    except OSError as error:
        tally.troubles.append(error.strerror or "an unknown error")


@contextmanager
def _passing_over(*codes: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in codes:
            raise
