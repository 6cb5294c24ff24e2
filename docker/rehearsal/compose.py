"""docker-compose.yml as far as ours uses it; a key that is not known here is an error, so that nothing is passed over."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from .dockerfile import DockerfileError

# What changes nothing in one shared network on one machine.
WITHOUT_EFFECT = {"expose", "networks", "ports", "restart"}
KNOWN = WITHOUT_EFFECT | {
    "build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "read_only", "secrets", "security_opt",
    "stop_grace_period", "tmpfs", "volumes",
}


@dataclass
class Service:
    name: str
    dockerfile: str
    arguments: dict[str, str]
    environment: dict[str, str]
    command: list[str]
    health_check: list[str]
    secrets: list[str]
    volumes: list[tuple[str, str]]
    tmpfs: list[str]
    read_only: bool
    drops_capabilities: bool
    no_new_privileges: bool
    grace_seconds: int
    depends_on: dict[str, str]


def interpolated(text: str) -> str:
    def value(match: re.Match) -> str:
        return os.environ.get(match[1]) or match[2]

    return re.sub(r"\$\{(\w+):-([^}]*)\}", value, text).replace("$$", "$")


def service(name: str, given: dict) -> Service:
    if unknown := given.keys() - KNOWN:
        raise DockerfileError(f"service {name}: {unknown.pop()} is not rehearsed")
    build = given["build"]
    check = given.get("healthcheck", {}).get("test", [])
    if check and check[0] != "CMD":
        raise DockerfileError(f"service {name}: only CMD health checks are rehearsed")
    return Service(
        name=name,
        dockerfile=build["dockerfile"],
        arguments={key: str(value) for key, value in build.get("args", {}).items()},
        environment={key: str(value) for key, value in given.get("environment", {}).items()},
        command=given.get("command", []),
        health_check=check[1:],
        secrets=given.get("secrets", []),
        volumes=[tuple(text.split(":")) for text in given.get("volumes", [])],
        tmpfs=given.get("tmpfs", []),
        read_only=given.get("read_only", False),
        drops_capabilities=given.get("cap_drop") == ["ALL"],
        no_new_privileges=given.get("security_opt") == ["no-new-privileges:true"],
        grace_seconds=int(given.get("stop_grace_period", "10s").removesuffix("s")),
        depends_on={key: value["condition"] for key, value in given.get("depends_on", {}).items()},
    )


@dataclass
class Composition:
    services: dict[str, Service]
    secret_files: dict[str, str]

    @staticmethod
    def read(path: Path) -> "Composition":
        given = yaml.safe_load(interpolated(path.read_text()))
        services = {name: service(name, value) for name, value in given["services"].items()}
        return Composition(services, {name: value["file"] for name, value in given["secrets"].items()})

    def builds(self) -> dict[str, dict[str, str]]:
        """Each Dockerfile with its build arguments."""
        return {one.dockerfile: one.arguments for one in self.services.values()}
