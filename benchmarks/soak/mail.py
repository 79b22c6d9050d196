"""A mail server in a bad mood. It writes down what it took, even where the sender never hears of it."""

import asyncio
import random
import socket
import threading
from collections import Counter
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller

MOODS = {  # of a hundred mails
    "accepted": 66,
    "refused for now at RCPT (450)": 8,
    "refused for now after DATA (451)": 8,
    "dropped in DATA": 6,
    "accepted, dropped before saying so": 6,
    "accepted, silent for longer than anybody waits": 3,
    "silent for longer than anybody waits": 3,
}
SILENCE = 4.0  # seconds


class BadMailServer(Controller):
    def __init__(self, seed: int) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        super().__init__(self, hostname="127.0.0.1", port=self._listener.getsockname()[1])
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.accepted: list[tuple[str, str]] = []  # Message-ID and address
        self.moods: Counter[str] = Counter()

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=self._listener)

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        envelope.mood = self._random.choices(list(MOODS), list(MOODS.values()))[0]
        self.moods[envelope.mood] += 1
        if envelope.mood.startswith("refused for now at RCPT"):
            return "450 Later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        if envelope.mood.startswith("accepted"):
            received = message_from_bytes(envelope.content, policy=policy.default)
            with self._lock:
                self.accepted += [(received["Message-ID"], address) for address in envelope.rcpt_tos]
        if "dropped" in envelope.mood:
            server.transport.abort()
        if "silent" in envelope.mood:
            await asyncio.sleep(SILENCE)
            server.transport.abort()
        return "451 Later" if envelope.mood.startswith("refused") else "250 OK"
