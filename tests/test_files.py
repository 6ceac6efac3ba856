"""Files appear whole or not at all, and only where a file belongs."""

import os
from pathlib import Path

import pytest

from patrol.files import atomic_path, write_atomically


def break_off_writing(path: Path) -> None:
    with atomic_path(path) as temporary:
        temporary.write_bytes(b"half of the n")
        raise KeyboardInterrupt


def test_file_survives_a_writer_that_is_broken_off(tmp_path: Path) -> None:
    path = tmp_path / "순찰 plan.json"
    write_atomically(path, b"old")
    with pytest.raises(KeyboardInterrupt):
        break_off_writing(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a b" / "c" / "plan.json", b"new")
    assert (tmp_path / "a b" / "c" / "plan.json").read_bytes() == b"new"


def test_folder_is_not_replaced_by_a_file_and_is_named(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="a folder.*" + tmp_path.name):
        write_atomically(tmp_path, b"new")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a thing that is no file")
def test_device_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="a device"):
        write_atomically(pipe, b"new")
    assert pipe.is_fifo()
