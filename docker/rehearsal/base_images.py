"""What stands for the official images: Debian bookworm from debootstrap, with what each image adds to it."""

import os
import shutil
import subprocess
from pathlib import Path

from .dockerfile import DockerfileError
from .image import Config, Image, copy_tree, run_in

HERE = Path(__file__).resolve().parent
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
APT = Path("/etc/apt")
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


def sources() -> list[Path]:
    folder = APT / "sources.list.d"
    return [path for path in [APT / "sources.list", *sorted(folder.glob("*.sources"))] if path.is_file()]


def mirror() -> str:
    """The first place of this machine that has the suite bookworm."""
    for path in sources():
        text = path.read_text()
        for line in text.splitlines():
            words = line.split()
            if "bookworm" in text and words and words[0] == "URIs:":
                return words[1]
            if len(words) > 2 and words[0] == "deb" and words[2] == "bookworm":
                return words[1]
    raise SystemExit("rehearse: no package source for bookworm in /etc/apt")


def machine_settings(root: Path) -> None:
    """How packages are reached from this machine; an engine's host does it by its network and proxy settings."""
    settings = [*sources(), *sorted((APT / "apt.conf.d").glob("99*")), Path("/etc/resolv.conf"), AUTHORITIES]
    for path in filter(Path.is_file, settings):
        target = root / path.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    if any(path.name != "sources.list" for path in sources()):
        (root / "etc/apt/sources.list").write_text("")
    # As Debian's own images have it: what is lost in a power cut is made anew.
    (root / "etc/dpkg/dpkg.cfg.d/unsafe-io").write_text("force-unsafe-io\n")
    (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
    (root / "usr/sbin/policy-rc.d").chmod(0o755)


def debian(cache: Path) -> Path:
    root = cache / "debian"
    if not root.exists():
        making = cache / "debian.part"
        shutil.rmtree(making, ignore_errors=True)
        subprocess.run(["debootstrap", "--variant=minbase", "bookworm", str(making), mirror()], check=True, stdout=subprocess.DEVNULL)
        machine_settings(making)
        making.rename(root)
    return root


def add_node(root: Path) -> None:
    """This machine's node and npm, where the official image has them, and its user."""
    node, npm = Path(shutil.which("node")).resolve(), Path(shutil.which("npm")).resolve().parent.parent
    shutil.copyfile(node, root / "usr/local/bin/node")
    (root / "usr/local/bin/node").chmod(0o755)
    copy_tree(npm, root / "usr/local/lib/node_modules/npm")
    for name in ("npm", "npx"):
        os.symlink(f"../lib/node_modules/npm/bin/{name}-cli.js", root / "usr/local/bin" / name)
    npmrc = Path("/etc/npmrc")
    if npmrc.is_file():
        (root / "usr/local/etc").mkdir(exist_ok=True)
        shutil.copyfile(npmrc, root / "usr/local/etc/npmrc")
    run_in(root, "groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node")


def add_postgres(root: Path, major: str) -> None:
    """Debian's package of the major, set up as the official image is: user 999, no cluster, an entry point."""
    run_in(root, f"""set -e
groupadd -r postgres --gid=999
useradd -r -g postgres --uid=999 --home-dir=/var/lib/postgresql --shell=/bin/bash postgres
install -d -o postgres -g postgres -m 1777 /var/lib/postgresql
apt-get update
apt-get install -y --no-install-recommends postgresql-common
sed -ri 's/#(create_main_cluster) .*$/\\1 = false/' /etc/postgresql-common/createcluster.conf
apt-get install -y --no-install-recommends postgresql-{major}
sed -ri "s!^#?(listen_addresses)\\s*=\\s*\\S+!\\1 = '*'!" /usr/share/postgresql/{major}/postgresql.conf.sample
install -d -o postgres -g postgres -m 3777 /var/run/postgresql
mkdir -p /docker-entrypoint-initdb.d""")
    shutil.copyfile(HERE / "postgres_entry_point.sh", root / "usr/local/bin/docker-entrypoint.sh")
    (root / "usr/local/bin/docker-entrypoint.sh").chmod(0o755)


def base_image(reference: str, cache: Path, target: Path) -> Image:
    """A fresh root file system at `target` for the image that FROM names."""
    name, _, tag = reference.partition(":")
    version = tag.partition("-")[0]
    config = Config(environment={"PATH": SYSTEM_PATH})
    if reference != "debian:bookworm-slim" and (name not in ("node", "postgres") or "bookworm" not in tag):
        raise DockerfileError(f"nothing here stands for the image {reference}")
    kept = cache / reference.replace(":", "-")
    if name != "debian" and not kept.exists():
        making = cache / f"{kept.name}.part"
        shutil.rmtree(making, ignore_errors=True)
        copy_tree(debian(cache), making)
        if name == "node":
            add_node(making)
        else:
            add_postgres(making, version)
        making.rename(kept)
    copy_tree(debian(cache) if name == "debian" else kept, target)
    if name == "postgres":
        config.environment |= {"PATH": f"{SYSTEM_PATH}:/usr/lib/postgresql/{version}/bin", "LANG": "C.UTF-8", "PG_MAJOR": version}
        config.entry_point, config.stop_signal = ["docker-entrypoint.sh"], "SIGINT"
    return Image(target, config)
