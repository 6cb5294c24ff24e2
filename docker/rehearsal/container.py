"""One service in namespaces of its own (mounts, processes) and a network shared by all: what an engine would start, on a root file
system that an image was built in."""

import os
import shlex
import signal
import subprocess
from pathlib import Path

from .compose import Service
from .image import Config, Image, copy_tree


class Container:
    """Owns its process; stop() ends it and gives its exit status. The root file system is the image's, used by this one alone."""

    def __init__(self, service: Service, image: Image, network: str, secrets: dict[str, Path], volumes: Path, log: Path):
        self.service, self.image, self.network = service, image, network
        self.secrets, self._volumes, self.log = secrets, volumes, log
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        config, service = self.image.config, self.service
        environment = config.environment | {"HOME": self._home(config)} | service.environment
        words = [*config.entry_point, *(service.command or config.command)]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._enter(["unshare", "--mount", "--pid", "--fork", "--kill-child"], environment, words),
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )

    def healthy(self) -> bool:
        """By the service's health check, in a process of its own on the same root."""
        words = self.service.health_check or self.image.config.health_check
        inside = self._inside()
        if not words or inside is None:
            return False
        config = self.image.config
        environment = config.environment | self.service.environment
        enter = ["nsenter", f"--target={inside}", "--mount", "--pid", "--net"]
        arguments = [*enter, *self._as_user(environment, words)]
        return subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=10).returncode == 0

    def wait(self, seconds: float) -> int:
        return self._process.wait(timeout=seconds)

    def ended(self) -> int | None:
        return self._process.poll()

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> int:
        """The image's stop signal, and SIGKILL when the grace is over."""
        if self._process.poll() is None:
            if (inside := self._inside()) is not None:
                os.kill(inside, signal.Signals[self.image.config.stop_signal])
            try:
                self._process.wait(timeout=self.service.grace_seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
        return self._process.wait()

    def _inside(self) -> int | None:
        """The service's first process, seen from here: the only child of unshare."""
        pid = self._process.pid
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except FileNotFoundError:
            return None
        return int(children[0]) if children else None

    def _home(self, config: Config) -> str:
        user = config.user.partition(":")[0]
        for line in (self.image.root / "etc/passwd").read_text().splitlines():
            name, _, number, _, _, home, _ = line.split(":")
            if user in (name, number):
                return home
        return "/"

    def _as_user(self, environment: dict[str, str], words: list[str]) -> list[str]:
        user, _, group = self.image.config.user.partition(":")
        limits = ["--reuid", user, "--regid", group or self._group(user), "--init-groups" if not group else "--clear-groups"]
        if self.service.no_new_privileges:
            limits.append("--no-new-privs")
        if self.service.drops_capabilities:
            limits += ["--inh-caps=-all", "--bounding-set=-all"]
        pairs = [f"{key}={value}" for key, value in environment.items()]
        # The command is looked up on the image's PATH, which env sets.
        return ["chroot", str(self.image.root), "/usr/bin/setpriv", *limits,
                "/usr/bin/env", "-i", f"--chdir={self.image.config.folder}", *pairs, *words]

    def _group(self, user: str) -> str:
        for line in (self.image.root / "etc/passwd").read_text().splitlines():
            name, _, number, group, *_ = line.split(":")
            if user in (name, number):
                return group
        return "0"

    def _enter(self, namespaces: list[str], environment: dict[str, str], words: list[str]) -> list[str]:
        root = self.image.root
        steps = [f"mount --bind {root} {root}", f"mount -t proc proc {root}/proc", f"mkdir -p {root}/dev/shm",
                 f"mount -t tmpfs -o mode=1777 tmpfs {root}/dev/shm"]
        for path in self.service.tmpfs:
            steps += [f"mkdir -p {root}{path}", f"mount -t tmpfs -o mode=1777,nosuid,nodev,noexec tmpfs {root}{path}"]
        for name, path in self.service.volumes:
            volume = self._volumes / name
            if not volume.exists():
                # A new volume has what the image has at its place, with its owner and mode.
                copy_tree(root / path.lstrip("/"), volume)
            steps.append(f"mount --bind {volume} {root}{path}")
        for name in self.service.secrets:
            steps += [f"mkdir -p {root}/run/secrets", f"touch {root}/run/secrets/{name}",
                      f"mount --bind -o ro {self.secrets[name]} {root}/run/secrets/{name}"]
        if self.service.read_only:
            steps.append(f"mount -o remount,bind,ro {root}")
        steps.append("exec " + shlex.join(self._as_user(environment, words)))
        return ["ip", "netns", "exec", self.network, *namespaces, "sh", "-c", " && ".join(steps)]
