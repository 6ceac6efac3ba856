"""Files are written whole or not at all."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_atomically(path: Path, data: bytes) -> None:
    """
    Write a file so that a reader sees the old one or the whole new one.

    Raises
    ------
    OSError
        If the folder cannot be made or the file cannot be written; what was there
        before is then untouched.
    """
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """
    Give a temporary path in the same folder; move it into place if all went well.

    For writers that insist on opening the file themselves. The suffix is kept, as
    some of them choose the format by it.

    Raises
    ------
    OSError
        If the folder cannot be made or written to, or there is something at the
        path that is no file: a folder or a device would be replaced by the file.
    """
    if path.exists() and not path.is_file():
        what = "a folder" if path.is_dir() else "a device"
        raise OSError(
            errno.EEXIST, f"this is {what}, give the name of a file to write", str(path)
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as folder:
        temporary = Path(folder) / path.name
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
