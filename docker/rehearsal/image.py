"""Carries out the stages of a Dockerfile in root file systems: what an engine's builder would do, without layers."""

import glob
import hashlib
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Callable

from .dockerfile import DockerfileError, Instruction, Stage, assignment, expand, parse

PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


@dataclass
class Config:
    environment: dict[str, str] = field(default_factory=dict)
    user: str = "root"
    folder: str = "/"
    entry_point: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health_check: list[str] = field(default_factory=list)
    stop_signal: str = "SIGTERM"


@dataclass
class Image:
    root: Path
    config: Config


def copy_tree(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", "--reflink=auto", f"{source}/.", str(target)], check=True)


def run_in(root: Path, script: str, environment: dict[str, str] | None = None, folder: str = "/", user: str = "root") -> None:
    """The script by /bin/sh in the root file system, with a /proc and processes of its own: none outlives it."""
    given = {"HOME": "/root", "PATH": os.environ["PATH"], "DEBIAN_FRONTEND": "noninteractive"} | (environment or {})
    given |= {name: os.environ[name] for name in PROXIES if name in os.environ}
    words = ["chroot", f"--userspec={user}", str(root), "/usr/bin/env", "-i", *[f"{k}={v}" for k, v in given.items()]]
    words += ["/bin/sh", "-c", f"cd {shlex.quote(folder)} || exit\n{script}"]
    outer = f"mount -t proc proc {shlex.quote(str(root / 'proc'))} && exec {shlex.join(words)}"
    subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", outer], check=True, stdin=subprocess.DEVNULL)


class Build:
    def __init__(self, context: Path, workplace: Path, cache: Path, base: Callable[[str, Path], Image], say: Callable[[str], None]):
        self.context, self.workplace, self.cache, self.base, self.say = context, workplace, cache, base, say

    def image(self, path: Path, arguments: dict[str, str]) -> Image:
        """The last stage of the Dockerfile; the others go when it is made."""
        file = parse(path.read_text())
        given: dict[str, str] = {}
        for one in file.arguments:
            name, value = assignment(one.rest, given)
            given[name] = arguments.get(name, value or "")
        made: dict[str, Image] = {}
        for number, stage in enumerate(file.stages):
            name = stage.name or str(number)
            self.say(f"{path.name}: stage {name} from {expand(stage.base, given)}")
            made[name] = self._stage(stage, self.workplace / f"{path.stem}-{name}", made, given)
        last = made.popitem()[1]
        for image in made.values():
            shutil.rmtree(image.root)
        return last

    def _stage(self, stage: Stage, root: Path, made: dict[str, Image], given: dict[str, str]) -> Image:
        reference = expand(stage.base, given)
        if reference in made:
            copy_tree(made[reference].root, root)
            start = made[reference].config
            image = Image(root, replace(start, environment=dict(start.environment)))
        else:
            image = self.base(reference, root)
        build_arguments: dict[str, str] = {}
        history = hashlib.sha256(f"{reference} {sorted(image.config.environment.items())}".encode())
        repeatable = reference not in made
        for one in stage.instructions:
            repeatable = repeatable and one.name in ("ARG", "ENV", "RUN")
            history.update(repr((one, build_arguments)).encode())
            self._carry_out(one, image, build_arguments, given, made, self.cache / history.hexdigest() if repeatable else None)
        return image

    def _carry_out(self, one: Instruction, image: Image, build_arguments: dict[str, str], given: dict[str, str],
                   made: dict[str, Image], kept: Path | None) -> None:
        """`kept`: where the root file system after this instruction may be found, or be kept for another rehearsal."""
        root, config = image.root, image.config
        variables = build_arguments | config.environment
        match one.name:
            case "ARG":
                name, value = assignment(one.rest, variables)
                build_arguments[name] = given.get(name, value or "")
            case "ENV":
                name, value = assignment(one.rest, variables)
                config.environment[name] = value or ""
            case "WORKDIR":
                config.folder = os.path.join(config.folder, expand(one.rest, variables))
                (root / config.folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "USER":
                config.user = one.rest
            case "RUN":
                self.say(f"  RUN {' '.join(one.rest.split())[:110]}")
                if kept is not None and kept.exists():
                    shutil.rmtree(root)
                    copy_tree(kept, root)
                    return
                run_in(root, one.rest, variables, config.folder, config.user)
                if kept is not None:
                    copy_tree(root, kept.with_suffix(".part"))
                    kept.with_suffix(".part").rename(kept)
            case "COPY":
                source = made[one.flags["from"]].root if "from" in one.flags else self.context
                self._copy(source, root, config.folder, one.words(variables), one.flags)
            case "CMD":
                config.command = one.words({})
            case "ENTRYPOINT":
                config.entry_point, config.command = one.words({}), []
            case "HEALTHCHECK":
                config.health_check = replace(one, rest=one.rest.removeprefix("CMD").strip()).words({})
            case "STOPSIGNAL":
                config.stop_signal = one.rest
            case "EXPOSE":
                pass

    def _copy(self, source: Path, root: Path, folder: str, words: list[str], flags: dict[str, str]) -> None:
        if unknown := flags.keys() - {"from", "chmod"}:
            raise DockerfileError(f"COPY --{unknown.pop()} is not rehearsed")
        *names, into = words
        target = root / os.path.join(folder, into).lstrip("/")
        found = [path for name in names for path in glob.glob(str(source / name.lstrip("/"))) or [self._missing(name)]]
        # Ownership is not kept: what is copied belongs to root, as it does without --chown.
        copy = ["cp", "-dR", "--preserve=mode,timestamps"]
        for path in found:
            if os.path.isdir(path):
                target.mkdir(parents=True, exist_ok=True)
                subprocess.run([*copy, f"{path}/.", str(target)], check=True)
                continue
            inside = into.endswith("/") or len(found) > 1 or target.is_dir()
            file = target / os.path.basename(path) if inside else target
            file.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run([*copy, path, str(file)], check=True)
            if "chmod" in flags:
                file.chmod(int(flags["chmod"], 8))

    @staticmethod
    def _missing(name: str) -> str:
        raise DockerfileError(f"COPY {name}: not in the build context (not in git, or left out by .dockerignore)")
