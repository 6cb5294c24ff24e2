"""Rehearses docker/ without an engine; see docker/rehearse --help."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .base_images import base_image
from .compose import Composition
from .context import check_out, export
from .dockerfile import DockerfileError
from .image import Build
from .scenario import rehearse
from .stack import Stack, StackError

REPOSITORY = Path(__file__).resolve().parents[2]


def say(text: str) -> None:
    print(text, flush=True)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="docker/rehearse",
        description="Carries out every step of the Dockerfiles of a commit in clean root file systems, then starts the services of "
        "docker-compose.yml from them, in namespaces, and looks at the chat in Chromium. Needs root, debootstrap, python3-yaml, "
        "iproute2, psql, Chromium, Node and the npm packages of the workspace. Touches no port of this machine.",
    )
    parser.add_argument("--commit", default="HEAD", help="what is rehearsed (HEAD)")
    parser.add_argument("--cache", type=Path, help="folder in which systems with installed packages are kept for the next time")
    parser.add_argument("--build-only", action="store_true", help="start nothing")
    parser.add_argument("--screenshot", type=Path, help="where to put a picture of the chat")
    given = parser.parse_args()
    if os.geteuid() != 0:
        parser.error("chroot and namespaces need root")
    return given


def main() -> int:
    given = options()
    place = Path(tempfile.mkdtemp(prefix="freshet-rehearsal-"))
    # Programs that run as other users have to come through.
    place.chmod(0o755)
    cache = (given.cache or place / "cache").resolve()
    cache.mkdir(parents=True, exist_ok=True)
    tree = place / "tree"
    try:
        check_out(REPOSITORY, given.commit, tree)
        export(tree, place / "context")
        composition = Composition.read(tree / "docker-compose.yml")
        build = Build(place / "context", place, cache, lambda reference, root: base_image(reference, cache, root), say)
        images = {path: build.image(tree / path, arguments) for path, arguments in composition.builds().items()}
        say("every image is built")
        if given.build_only:
            return 0
        subprocess.run([tree / "docker/make-secrets"], check=True)
        secrets = {name: tree / path for name, path in composition.secret_files.items()}
        stack = Stack(composition, images, place / "stack", secrets, f"freshet-rehearsal-{os.getpid()}")
        try:
            rehearse(stack, REPOSITORY / "docker/rehearsal/chat_check.mjs", secrets["owner_password"], given.screenshot, say)
        except (StackError, subprocess.SubprocessError):
            say(stack.logs())
            raise
        finally:
            stack.close()
        say("the rehearsal succeeded")
        return 0
    except (DockerfileError, StackError, subprocess.SubprocessError) as error:
        say(f"failed: {error}")
        return 1
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    sys.exit(main())
