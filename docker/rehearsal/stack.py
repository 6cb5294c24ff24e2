"""The services of the compose file in one private network, started in the order that it asks for, or in another."""

import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Callable

from .compose import Composition
from .container import Container
from .image import Image, copy_tree

PATIENCE = 120


class StackError(Exception):
    pass


def until(what: str, condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise StackError(f"after {PATIENCE} s still not: {what}")
        time.sleep(0.2)


class Stack:
    """Owns the network, the volumes and all containers; close() ends and removes them."""

    def __init__(self, composition: Composition, images: dict[str, Image], place: Path, secrets: dict[str, Path], network: str):
        self.composition, self.place, self.network = composition, place, network
        self._containers: dict[str, Container] = {}
        place.mkdir()
        (place / "volumes").mkdir()
        subprocess.run(["ip", "netns", "add", network], check=True)
        subprocess.run(["ip", "-n", network, "link", "set", "lo", "up"], check=True)
        for name, service in composition.services.items():
            root = place / name
            copy_tree(images[service.dockerfile].root, root)
            # Every service is reached under its name; here they share one loopback.
            (root / "etc/hosts").write_text(f"127.0.0.1 localhost {' '.join(composition.services)}\n")
            image = Image(root, images[service.dockerfile].config)
            self._containers[name] = Container(service, image, network, secrets, place / "volumes", place / f"{name}.log")

    def start(self, name: str) -> None:
        self._containers[name].start()

    def stop(self, name: str) -> int:
        return self._containers[name].stop()

    def wait_healthy(self, name: str) -> None:
        def check() -> bool:
            if (status := self._containers[name].ended()) is not None:
                raise StackError(f"{name} ended with {status}")
            return self._containers[name].healthy()

        until(f"{name} healthy", check)

    def wait_completed(self, name: str) -> None:
        if status := self._containers[name].wait(PATIENCE):
            raise StackError(f"{name} ended with {status}")

    def up(self) -> None:
        """As depends_on says."""
        started: set[str] = set()
        while waiting := [one for one in self.composition.services.values() if one.name not in started]:
            ready = [one for one in waiting if one.depends_on.keys() <= started]
            if not ready:
                raise StackError("depends_on goes in a circle")
            for service in ready:
                for name, condition in service.depends_on.items():
                    self.wait_completed(name) if condition == "service_completed_successfully" else self.wait_healthy(name)
                self.start(service.name)
                started.add(service.name)
        for service in self.composition.services.values():
            if "service_completed_successfully" not in [other.depends_on.get(service.name) for other in self.composition.services.values()]:
                self.wait_healthy(service.name)

    def down(self) -> dict[str, int]:
        """Ends what runs, last started first; exit status by name."""
        return {name: one.stop() for name, one in reversed(self._containers.items()) if one.running()}

    def once(self, name: str, words: list[str]) -> str:
        """What the service's image prints when it is run once more with another command."""
        beside = self._containers[name]
        log = self.place / f"{name}-{words[0]}.log"
        one = Container(replace(beside.service, command=words), beside.image, self.network, beside.secrets, self.place / "volumes", log)
        one.start()
        if status := one.wait(PATIENCE):
            raise StackError(f"{name} {' '.join(words)} ended with {status}: {log.read_text()}")
        return log.read_text()

    def forget_volumes(self) -> None:
        for volume in (self.place / "volumes").iterdir():
            shutil.rmtree(volume)

    def run(self, words: list[str], **options) -> subprocess.CompletedProcess:
        """A program of this machine in the services' network."""
        return subprocess.run(["ip", "netns", "exec", self.network, *words], stdin=subprocess.DEVNULL, text=True, **options)

    def status(self, url: str) -> str:
        done = self.run(["curl", "-s", "-o", "/dev/null", "--max-time", "3", "-w", "%{http_code}", url], capture_output=True)
        return done.stdout

    def logs(self) -> str:
        return "\n".join(f"--- {name}\n{one.log.read_text()[-3000:]}" for name, one in self._containers.items() if one.log.exists())

    def close(self) -> None:
        self.down()
        subprocess.run(["ip", "netns", "del", self.network], check=True)
        shutil.rmtree(self.place)
