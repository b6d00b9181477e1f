"""Temporary files of jobs that are gone, and orphans, leave TEMP_DIR (R2).

Real folders, and a database in which some jobs were let go of. What stays is
asked of the disk, name by name.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows import temp_files
from flows.cli import main
from flows.run_dbt import PROJECT, operation
from flows.temp_files import remove_temp_files
from flows.temp_folder import DEPTH, TempFolder
from tests.conftest import (
    ONLY_HUB,
    Warehouse,
    _silent,
    connect,
    copy_of,
    keep_database,
    without,
)

ONLY_JOBS = without("hub", "analytics", "shop", "supabase")
# What holds a job, and what goes with it.
NEEDED = ("+marts_operations_render_jobs", "raw_render_jobs_job_log")
BEFORE = "2026-02-28T03:00:00Z"
AS_OF = "2026-03-01T03:00:00Z"
CUTOFF = datetime(2026, 2, 22, 3, tzinfo=UTC)
NOT_DONE = "render_jobs.Job: not done: TEMP_DIR "


def job(
    warehouse: Warehouse, name: str, created: str, output: object = None
) -> None:
    warehouse.execute(
        'insert into render_jobs."Job" ("id", "createdAt", "outputPath")'
        " values (%s, %s, %s)",
        name,
        created,
        output and str(output),
    )


def touch(path: Path, moment: datetime | int = 0) -> Path:
    """A file of five bytes, modified then (ns since 1970 are exact)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("12345")
    return dated(path, moment)


def dated(path: Path, moment: datetime | int = 0) -> Path:
    if isinstance(moment, datetime):
        moment = round(moment.timestamp()) * 10**9
    os.utime(path, ns=(moment, moment), follow_symlinks=False)
    return path


def tree(folder: Path) -> set[str]:
    """Everything below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def names(folder: Path) -> list[str]:
    """What is right in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the jobs' output paths lead to, the same for every test."""
    return tmp_path_factory.mktemp("places")


@pytest.fixture(scope="session")
def jobs_template(server: object, places: Path) -> str:
    """Jobs of which some were let go of in the night of AS_OF.

    Gone: `gone`, `gone_too`, and those with outputs. Living: `young`, `held`
    (old, and on hold), and `deleted` is what the application deleted itself.
    """
    temp, out = places / "temp", places / "out"
    temp.mkdir()
    (places / "link").symlink_to(temp)
    touch(out / "seen.mp4")
    touch(out / "kept" / "inside.mp4")
    (out / "published.mp4").symlink_to(temp / "master.bin")
    (temp / "master.bin").touch()
    with copy_of("template1", ONLY_JOBS) as warehouse:
        operation("init", _silent, with_sources=True, days=0)
        for name, output in {
            "gone": None,
            "gone_too": None,
            "held": None,
            # Whether they are in the folder, or can be seen:
            "in": temp / "final.mp4",
            "in_link": places / "link" / "linked.mp4",
            "in_dots": f"{temp}/a/../Dotted.MP4",
            "relative": "frames/relative.mp4",
            "other_mount": "/mnt/of/another/machine/mounted.mp4",
            "published": out / "published.mp4",
            "as_folder": temp / "sequence/",
            "seen": out / "seen.mp4",
        }.items():
            job(warehouse, name, "2026-02-20", output)
        job(warehouse, "deleted", "2026-02-27")
        job(warehouse, "young", "2026-02-27", temp / "new.mp4")
        # The night builds the rest.
        warehouse.build(BEFORE, "--select", *NEEDED)
        hold = ["hold", "add", "render_jobs.Job", "--until", "2099-01-01"]
        hold += ["--where", "\"id\" = 'held'", "--because", "case 4711"]
        assert main(hold) == 0
        with pytest.MonkeyPatch.context() as patch:
            # While a job is there, it is seen where its output is.
            patch.setenv("TEMP_DIR", str(temp))
            assert remove_temp_files(BEFORE, True, _silent) == (
                "removed: 0 files"
            )
        warehouse.execute("delete from render_jobs.\"Job\" where id='deleted'")
        warehouse.night(AS_OF)
        assert warehouse.query('select "id" from render_jobs."Job"') == [
            ("held",),
            ("young",),
        ]
    return keep_database("jobs_template")


@pytest.fixture
def jobs(jobs_template: str) -> Iterator[Warehouse]:
    """A warehouse in which some jobs are gone."""
    with copy_of(jobs_template, ONLY_JOBS) as warehouse:
        yield warehouse


@pytest.fixture
def temp(
    places: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """TEMP_DIR, which is empty, at the place that the jobs know."""
    folder = places / "temp"
    folder.rename(tmp_path / "before")
    folder.mkdir()
    monkeypatch.setenv("TEMP_DIR", str(folder))
    yield folder
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        folder.rename(tmp_path / "after")
    (tmp_path / "before").rename(folder)


@pytest.fixture
def files(
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., tuple[int, str, str]]:
    """Runs `warehouse files`: exit code, what it printed, the sentence."""

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["files", "--as-of", AS_OF, *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err.strip()

    return run


def entries(warehouse: Warehouse) -> list[tuple[int, str]]:
    """The ledger's, of this test."""
    return [
        (rows, outcome)
        for rows, outcome in warehouse.query(
            "select rows, outcome from retention.ledger"
            " where layer = 'files' order by entry"
        )
    ][1:]


def test_what_is_of_gone_jobs_goes_and_nothing_else(
    jobs, temp, files, tmp_path, places
):
    outside = touch(tmp_path / "outside" / "precious")
    new = datetime.now(UTC)
    # Of jobs that are gone, however new; and orphans that are old.
    for name in ("gone", "gone_too.mp4.part", "gone.d/a/b", "deleted.log"):
        touch(temp / name, new)
    (temp / "gone.link").symlink_to(outside)
    (temp / "gone.d" / "to_folder").symlink_to(outside.parent)
    os.mkfifo(temp / "gone.fifo")
    touch(temp / "orphan/deep/er")
    touch(temp / "seen.mp4")
    dated(temp / "orphan/deep")
    dated(temp / "orphan")
    (temp / "empty").mkdir()
    dated(temp / "empty")
    (temp / "dangling").symlink_to(tmp_path / "nowhere")
    dated(temp / "dangling")
    touch(temp / os.fsdecode(b"not utf-8 \xff\n"))
    going = tree(temp)
    # Of jobs that are there, also in forms that are not surely theirs.
    for name in ("young", "young.mp4", "young-1/a", "young_2", "held.d/a"):
        touch(temp / name)
    # Of none for sure, and young.
    for name in ("gone-1", "gone_1.part", "goner", "new/a"):
        touch(temp / name, new)
    touch(temp / "new/a")
    # Output files, by whatever way they are named, at any age.
    for name in ("final.mp4", "linked.mp4", "dotted.mp4", "sequence/1.png"):
        touch(temp / name)
    for name in ("in.d/relative.mp4", "other_mount.d/MOUNTED.mp4"):
        touch(temp / name)
    touch(temp / "in.d" / "scrap")
    touch(temp / "master.bin")
    touch(temp / "lost+found" / "a")
    going.add("in.d/scrap")
    before = tree(temp)

    known = jobs.query("select * from retention.output_file order by file")
    ledger = entries(jobs)
    code, said, error = files("--names")
    assert (code, error) == (0, "")
    assert tree(temp) == before
    assert entries(jobs) == ledger == []
    assert jobs.query("select * from retention.output_file order by file") == (
        known
    )
    entry, orphan = said.splitlines()[2:4]
    assert entry.split()[:3] == ["8", "9", "30"], said
    assert orphan.split()[:3] == ["4", "3", "10"], said
    assert "- 7 files or folders stay, for they bear" in said
    assert "Nothing was removed. To remove it: warehouse files --apply" in said
    assert "\n    gone_too.mp4.part\n" in said
    assert "\n    not utf-8 ??\n" in said

    removed = sum(
        (temp / name).is_symlink() or not (temp / name).is_dir()
        for name in going
    )
    code, said, error = files("--apply")
    assert (code, error) == (0, ""), error
    assert before - tree(temp) == going
    assert outside.read_text() == "12345"
    assert (places / "out" / "seen.mp4").exists()
    [begun, done] = entries(jobs)
    assert begun == (0, f"begun: {removed} files, 40 bytes, in 12 entries")
    assert done == (removed, f"removed: {removed} files, 40 bytes")
    assert f"Removed: {removed} files, 40 bytes.\n" in said

    # Nothing tells a name: not what is logged, not the ledger.
    [log] = Path(os.environ["DBT_ENGINE_LOG_PATH"]).glob("operation/dbt.log")
    told = log.read_text() + str(
        jobs.query("select to_jsonb(l) from retention.ledger as l")
    )
    for secret in ("gone_too", "orphan", "final.mp4", str(temp), str(places)):
        assert secret not in told
    by_names = "select distinct digest from retention.ledger where rows = %s"
    assert len(jobs.query(by_names, removed)) == 1

    # Again, there is nothing to do, and that is recorded, too.
    assert "There is nothing to remove." in files()[1]
    code, said, error = files("--apply")
    assert (code, entries(jobs)[2:]) == (0, [(0, "removed: 0 files, 0 bytes")])
    assert before - tree(temp) == going
    jobs.assert_chained()
    operation("verify", _silent)


def test_an_orphan_goes_once_it_is_older_than_a_job_may_be(jobs, temp, files):
    edge = round(CUTOFF.timestamp()) * 10**9
    for name, moment in {
        "past": edge - 1,
        "edge": edge,
        "young": edge + 1,
        "future": edge * 2,
        "before 1970": -(10**18),
    }.items():
        touch(temp / f"file {name}", moment)
        # Of a folder, whatever in it was modified last.
        touch(temp / f"in {name}" / "a" / "b", moment)
        touch(temp / f"in {name}" / "c")
        for folder in ("a", ""):
            dated(temp / f"in {name}" / folder)
        (temp / f"folder {name}" / "d").mkdir(parents=True)
        dated(temp / f"folder {name}" / "d", moment)
        dated(temp / f"folder {name}")
    assert files("--apply")[0] == 0
    assert {name.partition(" ")[2] for name in names(temp)} == {
        *("edge", "young", "future")
    }
    assert len(names(temp)) == 9
    assert entries(jobs)[-1][0] == 6
    [(first, last)] = jobs.query(
        "select first_clock, last_clock from retention.ledger"
        " order by entry desc limit 1"
    )
    assert first == datetime(1970, 1, 1, tzinfo=UTC)
    assert last == CUTOFF - timedelta(microseconds=1)


def test_a_folder_that_cannot_be_used_is_not_done(
    jobs, temp, files, tmp_path, monkeypatch
):
    other = tmp_path / "other"
    precious = touch(other / "home" / "gone")
    monkeypatch.setenv("HOME", str(other / "home"))
    (tmp_path / "link").symlink_to(other)
    (tmp_path / "sticky").mkdir()
    (tmp_path / "sticky").chmod(0o1777)
    touch(tmp_path / "file")
    recorded = []
    for place, says in {
        "missing": "cannot be opened (No such file or directory)",
        "file": "cannot be opened (Not a directory)",
        "link": "is a symbolic link: name the folder that it leads to",
        "link/.//": "is a symbolic link: name the folder that it leads to",
        "sticky": "is shared by all users",
        "../../../../..": "is too broad",
        "other/home": "is too broad",
        "other": "is too broad",
    }.items():
        monkeypatch.setenv("TEMP_DIR", f"{tmp_path}/{place}")
        code, _, error = files("--apply")
        assert code == 1
        assert error.startswith(NOT_DONE + says), error
        assert error.endswith(".") and "\n" not in error
        assert str(tmp_path) not in error
        outcome = error.removeprefix("render_jobs.Job: ").removesuffix(".")
        recorded.append((0, outcome))
        # To look is no more of a success, and records nothing.
        assert files()[::2] == (code, error)
    monkeypatch.setenv("TEMP_DIR", "temp")
    assert "TEMP_DIR is no absolute path" in files()[2]
    assert precious.exists()
    assert entries(jobs) == recorded
    jobs.assert_chained()


def test_a_run_that_is_killed_is_told_of_by_the_next(jobs, temp, files):
    touch(temp / "gone")
    touch(temp / "gone_too")
    killed = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, sys\n"
            "from flows import temp_folder\n"
            "from flows.cli import main\n"
            "remove = temp_folder.TempFolder.remove\n"
            "def one(*given):\n"
            "    remove(*given)\n"
            "    os.kill(os.getpid(), 9)\n"
            "temp_folder.TempFolder.remove = one\n"
            f"main(['files', '--apply', '--as-of', '{AS_OF}'])\n",
        ],
        cwd=PROJECT,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert names(temp) == ["gone_too"]
    begun = "begun: 2 files, 10 bytes, in 2 entries"
    assert entries(jobs) == [(0, begun)]

    # Until its session has ended, its lock stands.
    while (found := files("--apply"))[1].endswith("another run is at work.\n"):
        pass
    code, said, _ = found
    assert code == 0
    told = "the run as of 2026-03-01 03:00:00 UTC broke off"
    assert f"{told[:1].upper()}{told[1:]} ({begun})" in said
    assert names(temp) == []
    assert entries(jobs)[1:] == [
        (0, "begun: 1 files, 5 bytes, in 1 entries"),
        (1, f"removed: 1 files, 5 bytes ({told}: {begun})"),
    ]
    # And not again.
    assert "broke off" not in files("--apply")[1]
    jobs.assert_chained()


def test_what_cannot_be_removed_is_not_done(jobs, temp, files, monkeypatch):
    deep = temp.joinpath("old", *["d"] * DEPTH)
    deep.mkdir(parents=True)
    touch(temp / "gone")
    touch(temp / "vanished")
    (temp / "mounted").mkdir()
    look = TempFolder.look

    def mounted(folder, name, stays):
        # As if another device were mounted at that one; tests may not mount.
        here = folder.status
        if name == "mounted":
            folder.status = Path("/proc").stat()
        (temp / "vanished").unlink(missing_ok=True)
        found = look(folder, name, stays)
        folder.status = here
        return found

    monkeypatch.setattr(TempFolder, "look", mounted)
    code, said, error = files("--apply")
    assert code == 1
    assert "- 1 folders stay, for another device is mounted there." in said
    assert "- An entry stays that could not be read (It is nested" in said
    why = (
        "not done: 1 files or folders could not be removed (It is nested too"
        " deeply); removed: 1 files, 5 bytes"
    )
    assert error == f"render_jobs.Job: {why}."
    assert entries(jobs)[1:] == [(1, why)]
    assert names(temp) == ["mounted", "old"]


def test_what_changes_meanwhile_is_no_way_out(
    jobs, temp, files, tmp_path, monkeypatch
):
    outside = touch(tmp_path / "outside" / "precious")
    for name in ("gone", "gone.d/a", "gone.to_file/a", "old/a", "old/b"):
        touch(temp / name)
    (temp / "gone.file").touch()
    dated(temp / "old")
    record = temp_files._Run._record

    def meanwhile(run, found, outcome, rows):
        record(run, found, outcome, rows)
        if outcome.startswith("begun"):
            (temp / "gone").unlink()
            (temp / "gone.d").rename(tmp_path / "moved")
            (temp / "gone.d").symlink_to(outside.parent)
            (temp / "gone.to_file").rename(tmp_path / "moved, too")
            touch(temp / "gone.to_file")
            (temp / "gone.file").unlink()
            touch(temp / "gone.file" / "precious")
            # Somebody works in what was an orphan.
            touch(temp / "old" / "a", datetime.now(UTC))

    monkeypatch.setattr(temp_files._Run, "_record", meanwhile)
    assert files("--apply")[::2] == (0, "")
    assert tree(temp) == {"old", "old/a"}
    assert outside.read_text() == "12345"
    assert (tmp_path / "moved" / "a").exists()
    assert entries(jobs)[-1][0] == 4


def test_what_keeps_a_jobs_row_keeps_its_files(jobs, temp, files, monkeypatch):
    file = touch(temp / "gone")
    hold = ["hold", "add", "render_jobs.Job", "--until", "2099-01-01"]
    assert main([*hold, "--because", "case 4712"]) == 0
    code, said, error = files("--apply")
    assert (code, error) == (0, "")
    assert "Hold 2 is on all of render_jobs.Job until 2099-01-01." in said
    assert "Hold 2 is on all of" in files()[1]
    assert main(["hold", "release", "2", "--because", "closed"]) == 0

    # Raw has it still: its copy has not been let go of.
    jobs.execute(
        'insert into raw.raw_render_jobs_job ("id", "createdAt", _extracted_at)'
        " values ('gone', '2026-02-20', %s)",
        AS_OF,
    )
    assert "    0           0                 0  of rows" in files()[1]
    jobs.execute("delete from raw.raw_render_jobs_job where \"id\" = 'gone'")

    # Another run is at work.
    with connect() as other:
        lock = "hashtext('files: retention.ledger render_jobs.Job')"
        other.execute(f"select pg_advisory_lock({lock})")
        code, said, error = files("--apply")
        assert (code, said) == (
            0,
            "render_jobs.Job: another run is at work.\n",
        )
        # And one that the database breaks off, with no value of a row.
        other.execute(f"select pg_advisory_unlock({lock})")
        other.execute(
            "alter table retention.ledger add constraint no"
            " check (rows < 0) not valid"
        )
        code, said, error = files("--apply")
        assert (code, file.exists()) == (1, True)
        assert error.startswith("render_jobs.Job: its temporary files were not")
        assert "violates check constraint" in error and "(0," not in error
        other.execute("alter table retention.ledger drop constraint no")
    assert entries(jobs) == []

    # Not approved, not claimed, not whole: nothing that concerns its rows.
    jobs.execute(
        "delete from retention.approval where rule = 'render_jobs.Job'"
    )
    assert files("--apply") == (
        0,
        "render_jobs.Job: The rule is new or has changed.\n",
        "",
    )
    jobs.execute("update retention.source set claimed_at = null")
    code, said, error = files("--apply")
    assert (code, entries(jobs)[-1][0]) == (1, 0)
    assert "not done: This warehouse has not claimed render_jobs" in error
    jobs.execute(
        'update render_jobs."Job" set "id" = \'another\' where "id" = \'young\''
    )
    code, said, error = files("--apply")
    assert code == 1
    assert "not done: render_jobs.Job has lost 1 of the 1 rows" in error
    assert file.exists()


def test_a_folder_of_a_live_warehouse_is_approved_once(jobs, temp, files):
    touch(temp / "gone")
    # As it was before the first run of the fixture.
    jobs.execute(
        "update retention.database set purpose = 'live';"
        " alter table retention.ledger disable trigger user;"
        " delete from retention.ledger where layer = 'files'"
    )
    said: list[str] = []
    assert remove_temp_files(AS_OF, True, said.append) == "approval needed"
    assert "run `warehouse files --apply` once" in said[-1]
    assert (temp / "gone").exists()
    assert files("--apply")[0] == 0
    assert names(temp) == []
    touch(temp / "gone")
    assert remove_temp_files(AS_OF, True, _silent) == "removed: 1 files"


def test_without_a_folder_nothing_is_done(jobs, files, tmp_path, monkeypatch):
    monkeypatch.delenv("TEMP_DIR", raising=False)
    code, said, error = files("--apply")
    assert (code, error) == (0, "")
    assert said == (
        "render_jobs.Job: no TEMP_DIR is set, so no temporary files are"
        " looked at.\n"
    )
    assert entries(jobs) == []
    # It may stand in .env, as an embedded server's address does.
    (tmp_path / ".env").write_text(f"TEMP_DIR={tmp_path}/missing\n")
    monkeypatch.setattr(temp_files, "ENV_FILE", tmp_path / ".env")
    assert files("--apply")[2].startswith(NOT_DONE + "cannot be opened")

    monkeypatch.setenv("WAREHOUSE_VARS", ONLY_HUB)
    assert files("--apply")[:2] == (0, "No table declares temporary files.\n")


def test_a_job_stays_until_its_output_file_is_known(jobs):
    job(jobs, "late", "2026-02-20")
    jobs.build(AS_OF, "--select", "raw_render_jobs_job")
    # It ends after the build that the night lets go of rows by.
    jobs.execute(
        'update render_jobs."Job" set "outputPath" = \'/a/late.mp4\''
        " where \"id\" = 'late'"
    )
    planned = (
        "select ready, unproven from retention.plan"
        " where digest = %s and rule = 'render_jobs.Job'"
    )
    assert jobs.query(planned, jobs.plan(AS_OF).digest) == [(0, 1)]
    jobs.build(AS_OF, "--select", "raw_render_jobs_job")
    assert jobs.query(planned, jobs.plan(AS_OF).digest) == [(1, 0)]


def test_an_output_file_is_known_for_a_year_after_it_was_seen(
    jobs, temp, files
):
    touch(temp / "final.mp4")
    count = "select count(*) from retention.output_file"
    before = jobs.one(count)
    jobs.execute(
        "update retention.output_file"
        " set seen_at = clock_timestamp() - interval '1 year 1 day'"
    )
    assert files("--apply")[0] == 0
    jobs.execute("update retention.plan set digest = 'a' where false")
    operation("retention_apply", _silent, digest=jobs.plan(AS_OF).digest)
    # The one that is there, and that of the job that is.
    assert jobs.one(count) == 2 < before
    assert files("--apply")[0] == 0
    assert (temp / "final.mp4").exists()
