"""Reads a Dockerfile into stages: only the instructions that ours use; any other is an error, so that nothing is passed over."""

import json
import re
from dataclasses import dataclass, field

KNOWN = {"ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "RUN", "STOPSIGNAL", "USER", "WORKDIR"}


class DockerfileError(Exception):
    pass


@dataclass
class Instruction:
    name: str
    flags: dict[str, str]
    rest: str

    def words(self, variables: dict[str, str]) -> list[str]:
        """The arguments of COPY and the like, expanded; of an exec form, its strings as they are."""
        if self.rest.startswith("["):
            return json.loads(self.rest)
        return expand(self.rest, variables).split()


@dataclass
class Stage:
    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)


@dataclass
class Dockerfile:
    arguments: list[Instruction]
    stages: list[Stage]


def expand(text: str, variables: dict[str, str]) -> str:
    def value(match: re.Match) -> str:
        name = match[1] or match[2]
        if name not in variables:
            raise DockerfileError(f"${name} is not set where it is used: {text}")
        return variables[name]

    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", value, text)


def assignment(text: str, variables: dict[str, str]) -> tuple[str, str | None]:
    """NAME or NAME=value of ARG and ENV."""
    name, equals, value = text.partition("=")
    return name, expand(value.strip('"'), variables) if equals else None


def logical_lines(text: str):
    held = ""
    for line in text.splitlines():
        if line.lstrip().startswith("#") or (not line.strip() and not held):
            continue
        if line.endswith("\\"):
            held += line[:-1]
            continue
        yield held + line
        held = ""
    if held:
        raise DockerfileError("the last line is continued")


def instruction(line: str) -> Instruction:
    name, _, rest = line.strip().partition(" ")
    if name not in KNOWN:
        raise DockerfileError(f"{name} is not rehearsed")
    flags = {}
    rest = rest.strip()
    while match := re.match(r"--([\w-]+)=(\S+)\s+", rest):
        flags[match[1]] = match[2]
        rest = rest[match.end() :]
    return Instruction(name, flags, rest)


def parse(text: str) -> Dockerfile:
    arguments, stages = [], []
    for line in logical_lines(text):
        one = instruction(line)
        if one.name == "FROM":
            base, *rest = one.rest.split()
            if rest and (len(rest) != 2 or rest[0].upper() != "AS"):
                raise DockerfileError(f"not FROM image [AS name]: {line}")
            stages.append(Stage(base, rest[1] if rest else ""))
        elif stages:
            stages[-1].instructions.append(one)
        elif one.name == "ARG":
            arguments.append(one)
        else:
            raise DockerfileError(f"{one.name} stands before the first FROM")
    if not stages:
        raise DockerfileError("there is no FROM")
    return Dockerfile(arguments, stages)
