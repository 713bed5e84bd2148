"""
Several processes in one terminal: the output of each under its name, and one end for all.

Each is in a session of its own, so that a Ctrl-C reaches only us, and we end them in turn.
"""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

COLOURS = (36, 33, 32, 35)
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Terminal:
    folder: Path
    environment: Mapping[str, str]
    grace: float = 10.0  # seconds between asking a process to end and ending it
    processes: dict[str, "subprocess.Popen[str]"] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    # Names of processes that ended, or of the signal that asks us to; may be put from a handler.
    ended: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue)

    def run(self, commands: Mapping[str, Sequence[str]]) -> bool:
        """Run until one of them ends or we are asked to; say whether we were asked."""
        for number in STOPPING:
            signal.signal(number, self.asked)
        readers = []
        try:
            for name, command in commands.items():
                self.processes[name] = self.start(command)
            width = max(map(len, commands))
            for place, name in enumerate(commands):
                colour = COLOURS[place % len(COLOURS)]
                reader = threading.Thread(target=self.read, args=[name, width, colour])
                reader.start()
                readers.append(reader)
            reason = self.ended.get()
        finally:
            self.stop()
            for reader in readers:
                reader.join()
        if reason in self.processes:
            code = self.processes[reason].returncode
            print(f"{reason} ended with code {code}, so the others were stopped.")  # noqa: T201
        return reason not in self.processes

    def asked(self, number: int, frame: FrameType | None) -> None:
        self.ended.put(signal.Signals(number).name)

    def start(self, command: Sequence[str]) -> "subprocess.Popen[str]":
        return subprocess.Popen(  # noqa: S603 - our own commands
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
            errors="replace",
        )

    def read(self, name: str, width: int, colour: int) -> None:
        process = self.processes[name]
        label = f"{name:{width}} | "
        if sys.stdout.isatty():
            label = f"\033[{colour}m{label}\033[0m"
        for line in process.stdout or ():
            with self.lock:
                print(label + line.rstrip("\n"), flush=True)  # noqa: T201
        process.wait()
        self.ended.put(name)

    def say(self, text: str) -> None:
        """Print something of our own, between the lines of the others."""
        with self.lock:
            print(text, flush=True)  # noqa: T201 - read by a person, in a terminal

    def stop(self) -> None:
        deadline = time.monotonic() + self.grace
        for how in (signal.SIGTERM, signal.SIGKILL):
            for process in self.processes.values():
                if process.poll() is None:
                    os.killpg(process.pid, how)
            while time.monotonic() < deadline and self.any_runs():
                time.sleep(0.02)

    def any_runs(self) -> bool:
        return any(process.poll() is None for process in self.processes.values())
