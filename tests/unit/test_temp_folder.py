"""A folder of temporary files: nothing in it leads out of it (R2)."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.temp_folder import ANY_AGE, DEPTH, FolderError, TempFolder


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def nothing(_: str) -> bool:
    return False


def test_what_another_device_holds_stays(tmp_path: Path):
    (tmp_path / "mounted").mkdir()
    (tmp_path / "mounted" / "file").touch()
    with TempFolder(str(tmp_path), "it") as folder:
        # As if the folder were on another device than what is in it.
        folder.status = Path("/proc").stat()
        tally = folder.remove("mounted", nothing, ANY_AGE)
    assert (tally.files, tally.other_devices) == (0, 1)
    assert (tmp_path / "mounted" / "file").exists()


def test_what_is_nested_too_deeply_is_a_trouble(tmp_path: Path):
    deep = tmp_path.joinpath("entry", *["d"] * (DEPTH - 1))
    deep.mkdir(parents=True)
    with TempFolder(f"{tmp_path}/", "it") as folder:
        assert folder.look("entry", nothing).troubles == []
        (deep / "too").mkdir()
        assert folder.look("entry", nothing).troubles == [
            "It is nested too deeply"
        ]
        tally = folder.remove("entry", nothing, ANY_AGE)
    assert tally.troubles == ["It is nested too deeply"]
    assert deep.exists()


@pytest.mark.parametrize("when", ["entry", "file"])
def test_a_folder_that_becomes_a_link_is_not_followed(
    tmp_path: Path, when: str
):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").touch()
    inside = tmp_path / "temp" / "entry"
    inside.mkdir(parents=True)
    (inside / "file").touch()

    def swap(name: str) -> bool:
        # Asked of the folder before it is opened, of its file afterwards.
        if name == when:
            inside.rename(tmp_path / "moved")
            inside.symlink_to(outside)
        return False

    with TempFolder(str(inside.parent), "it") as folder:
        tally = folder.remove("entry", swap, ANY_AGE)
        # What was open is emptied, wherever it is now; the link is left.
        assert tally.troubles == ["Not a directory"]
        assert tally.files == (when == "file")
        assert len(names(tmp_path / "moved")) == (when == "entry")
        assert names(outside) == ["precious"]
        # Next time it is a link, and goes as one.
        assert folder.remove("entry", nothing, ANY_AGE).files == 1
    assert names(inside.parent) == []
    assert names(outside) == ["precious"]


def test_a_folder_that_cannot_be_read_any_more_says_so(tmp_path: Path):
    folder = TempFolder(str(tmp_path), "it")
    folder.close()
    with pytest.raises(FolderError, match=r"^it cannot be read \(Bad file"):
        folder.names()


def test_it_holds_what_is_below_it_by_whatever_way(tmp_path: Path):
    inside = tmp_path / "temp"
    inside.mkdir()
    (tmp_path / "link").symlink_to(inside)
    (tmp_path / "loop").symlink_to("loop")
    with TempFolder(str(inside), "it") as folder:
        assert folder.holds(f"{tmp_path}/link/../link/file")
        assert folder.holds(f"{inside}")
        assert not folder.holds(f"{tmp_path}/other")
        assert not folder.holds(f"{tmp_path}/loop/file")
