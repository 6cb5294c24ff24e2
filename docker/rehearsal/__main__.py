"""Rehearses docker/ without an engine; see docker/rehearse --help."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .base_images import base_image
from .context import export
from .dockerfile import DockerfileError
from .image import Build

REPOSITORY = Path(__file__).resolve().parents[2]


def say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="docker/rehearse",
        description="Carries out every step of the Dockerfiles in clean root file systems, then starts the services of "
        "docker-compose.yml from them and looks at the chat in Chromium. Needs root, debootstrap, python3-yaml, iproute2, "
        "chromium, psql, Node and the npm packages of the workspace.",
    )
    parser.add_argument("--cache", type=Path, help="folder in which base systems and built images are kept for the next time")
    parser.add_argument("--build-only", action="store_true", help="start nothing")
    parser.add_argument("--screenshot", type=Path, help="where to put a picture of the chat")
    options = parser.parse_args()
    if os.geteuid() != 0:
        parser.error("chroot and namespaces need root")
    place = Path(tempfile.mkdtemp(prefix="freshet-rehearsal-"))
    cache = (options.cache or place / "cache").resolve()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        from .compose import Composition

        export(REPOSITORY, place / "context")
        build = Build(place / "context", place, lambda reference, root: base_image(reference, cache, root), say)
        composition = Composition.read(REPOSITORY / "docker-compose.yml")
        images = {path: build.image(REPOSITORY / path, arguments) for path, arguments in composition.builds().items()}
    except (DockerfileError, subprocess.CalledProcessError) as error:
        say(f"failed: {error}")
        return 1
    finally:
        shutil.rmtree(place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
