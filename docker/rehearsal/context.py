"""The build context: the files of a commit, without what .dockerignore leaves out."""

import re
import shutil
import subprocess
from pathlib import Path


def pattern(text: str) -> re.Pattern:
    """A line of .dockerignore: it means the path and all below it."""
    out, rest = "", text.strip("/")
    while rest:
        if rest.startswith("**/"):
            out, rest = out + "(?:.*/)?", rest[3:]
        elif rest.startswith("**"):
            out, rest = out + ".*", rest[2:]
        elif rest[0] in "*?":
            out, rest = out + ("[^/]*" if rest[0] == "*" else "[^/]"), rest[1:]
        else:
            out, rest = out + re.escape(rest[0]), rest[1:]
    return re.compile(f"{out}(?:/.*)?")


def rules(text: str) -> list[tuple[bool, re.Pattern]]:
    lines = [line.strip() for line in text.splitlines()]
    return [(line.startswith("!"), pattern(line.lstrip("!"))) for line in lines if line and not line.startswith("#")]


def sent(path: str, lines: list[tuple[bool, re.Pattern]]) -> bool:
    """The last line that fits decides."""
    keep = True
    for exception, fits in lines:
        if fits.fullmatch(path):
            keep = exception
    return keep


def check_out(repository: Path, commit: str, target: Path) -> None:
    """The files of a commit: nothing that lies in the work tree unseen by git can help a build."""
    target.mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=repository, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "--no-same-owner", "-C", str(target)], input=archive, check=True)


def export(tree: Path, target: Path) -> None:
    lines = rules((tree / ".dockerignore").read_text())
    for source in tree.rglob("*"):
        path = source.relative_to(tree)
        if source.is_file() and sent(str(path), lines):
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / path)
