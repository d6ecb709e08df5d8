"""One `stepwell serve`, as an operator would run it: started, killed, restarted, stopped."""

import os
import queue
import re
import signal
import subprocess
import threading
from pathlib import Path

BINARY = Path(os.environ["STEPWELL_BIN"])
HOME = Path(os.environ["STEPWELL_E2E"])
# Generous, for a machine that is busy with other things.
START_SECONDS = 60
STOP_SECONDS = 30

_ANNOUNCEMENT = re.compile(r"^stepwell \S+ is listening on (https?://(\S+):(\d+))$")


class Server:
    """A server process and its data directory. The port stays the same over restarts."""

    def __init__(self, data_dir, *arguments, host="127.0.0.1"):
        self.data_dir = Path(data_dir)
        self.arguments = arguments
        self.host = host
        self.port = 0
        self.url = None
        self.process = None
        self.log = []
        self._share_runtimes()

    def start(self):
        """Returns once the server says where it listens: from then on it answers."""
        self.process = spawn(self.data_dir, f"{self.host}:{self.port}", *self.arguments)
        lines = queue.Queue()
        for stream in (self.process.stdout, self.process.stderr):
            threading.Thread(target=_read_lines, args=(stream, lines, self.log), daemon=True).start()
        while (line := lines.get(timeout=START_SECONDS)) is not None:
            if found := _ANNOUNCEMENT.match(line):
                self.url, self.port = found[1], int(found[3])
                return self
        raise AssertionError("the server ended while it started:\n" + "".join(self.log))

    def kill(self):
        """As a power cut would end it, but for the disk's own caches."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(STOP_SECONDS)

    def restart(self):
        self.kill()
        return self.start()

    def stop(self, signal_number=signal.SIGTERM):
        """Asks it to end, and returns its exit status."""
        self.process.send_signal(signal_number)
        return self.process.wait(STOP_SECONDS)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def _share_runtimes(self):
        # SDKs and interpreters for functions are fetched once for all servers of all runs: the directory is made for that.
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        shared = HOME / "runtimes"
        shared.mkdir(exist_ok=True)
        (self.data_dir / "runtimes").symlink_to(shared)


def spawn(data_dir, listen, *arguments):
    """Starts the process and does not wait for anything."""
    command = [BINARY, "serve", "--listen", listen, "--data-dir", data_dir, *arguments]
    return subprocess.Popen(
        list(map(str, command)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )


def _read_lines(stream, lines, log):
    for line in stream:
        log.append(line)
        lines.put(line.rstrip("\n"))
    lines.put(None)
