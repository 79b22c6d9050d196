"""The helper of `make run`: owns the servers and the three processes, and ends them when its starter is gone."""

import http.client
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from dev.lifeline import Ending
from dev.processes import commands
from dev.services import StartError, embedded, folder_of_ours

PREPARATIONS = (["migrate", "-v", "0"], ["load_demo"])
PATIENCE = 15  # seconds for a worker to finish what it has begun

SIGN_INS = """\
  Sign in      camille@maison-lavande.example   owner of the store Maison Lavande
               ines@atelier-nord.example        owner of the partner Atelier Nord
               ops@entente.example              operator
  Password     entente-demo"""


class Supervisor:
    def __init__(self, port: int, base: Path, ending: Ending) -> None:
        self.port = port
        self.base = base
        self.ending = ending
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.had_to_kill = False

    def run(self) -> int:
        with folder_of_ours(self.base), embedded(self.base) as addresses:
            environment = self.environment(addresses)
            try:
                return self.prepare(environment) or self.serve(environment, has_demo="DATABASE_URL" in addresses)
            finally:
                self.stop()

    def environment(self, addresses: dict[str, str]) -> dict[str, str]:
        for name in ("mail", "beat"):
            (self.base / name).mkdir(mode=0o700, exist_ok=True)
        environment = {
            "DJANGO_SETTINGS_MODULE": "config.settings.local",
            "SITE_URL": f"http://127.0.0.1:{self.port}",
            "PYTHONUNBUFFERED": "1",
        }
        if not os.environ.get("EMAIL_URL"):
            environment["MAIL_CATCHER_DIR"] = str(self.base / "mail")
        if os.geteuid() == 0:  # said at every start; here root runs on their own machine
            environment["PYTHONWARNINGS"] = "ignore:You're running the worker with superuser privileges"
        return environment | os.environ | addresses

    def prepare(self, environment: dict[str, str]) -> int:
        for arguments in PREPARATIONS:
            step = self.start(arguments[0], [sys.executable, "manage.py", *arguments], environment)
            while step.poll() is None and not self.ending.asked:
                time.sleep(0.05)
            if self.ending.asked:
                return 0
            if step.returncode:
                say(f"manage.py {arguments[0]} failed, so nothing was started.")
                return 1
        return 0

    def serve(self, environment: dict[str, str], *, has_demo: bool) -> int:
        self.processes.clear()
        for name, command in commands(f"127.0.0.1:{self.port}", str(self.base / "beat" / "schedule")).items():
            self.start(name, [sys.executable, "-m", *command], environment)
        announced = False
        while not self.ending.asked:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    say(f"The {name} process ended (exit code {process.returncode}), so the others are stopped too.")
                    return 1
            if not announced and self.page_answers():
                self.announce(catches_mail="MAIL_CATCHER_DIR" in environment, has_demo=has_demo)
                announced = True
            time.sleep(0.2)
        return 0

    def start(self, name: str, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
        self.processes[name] = process
        return process

    def stop(self) -> None:
        running = [process for process in self.processes.values() if process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + PATIENCE
        for process in running:
            try:
                process.wait(max(0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                self.had_to_kill = True

    def page_answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            connection.request("GET", "/healthz/")
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True

    def announce(self, *, catches_mail: bool, has_demo: bool) -> None:
        address = f"http://127.0.0.1:{self.port}"
        lines = ["", f"  Entente      {address}"]
        if catches_mail:
            lines.append(f"  Sent mail    {address}/dev/mail/")
        if has_demo:
            lines.append(SIGN_INS)
        lines += ["", "  Ctrl-C ends everything.", ""]
        say("\n".join(lines))


def say(sentence: str) -> None:
    with suppress(OSError):  # the terminal may be gone
        print(sentence, flush=True)


def main() -> int:
    port, base = sys.argv[1:]
    supervisor = Supervisor(int(port), Path(base), Ending.of_helper())
    try:
        code = supervisor.run()
    except StartError as reason:
        say(str(reason))
        code = 1
    if supervisor.had_to_kill:  # what a killed process had started is in our group: end it too, and with it ourselves
        os.killpg(0, signal.SIGKILL)
    return code


if __name__ == "__main__":
    sys.exit(main())
