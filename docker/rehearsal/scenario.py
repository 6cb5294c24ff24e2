"""What is tried with the built services: the order of the compose file, a database that goes away, and the worst order of all."""

import os
from pathlib import Path
from typing import Callable

from .stack import Stack, StackError, until

GATEWAY = "http://127.0.0.1:4700"
CHAT = "http://127.0.0.1:4780/"
# Everything that listens must have ended by its stop signal. PostgreSQL, the gateway: 0. Vite ends with 128 + SIGTERM.
CLEAN_ENDS = {"postgres": (0,), "gateway": (0,), "example": (0, 143)}


def expect(what: str, found, *wanted) -> None:
    if found not in wanted:
        raise StackError(f"{what}: {found}, not {' or '.join(map(str, wanted))}")


def look_at_chat(stack: Stack, check: Path, owner_password: Path, screenshot: Path | None) -> None:
    login = {"PGHOST": "127.0.0.1", "PGDATABASE": "freshet", "PGUSER": "freshet_owner", "PGPASSWORD": owner_password.read_text()}
    stack.run(["node", str(check), CHAT, *([str(screenshot.resolve())] if screenshot else [])], env=os.environ | login, check=True)


def ready(stack: Stack) -> bool:
    return stack.status(f"{GATEWAY}/ready") == "200"


def rehearse(stack: Stack, check: Path, owner_password: Path, screenshot: Path | None, say: Callable[[str], None]) -> None:
    say("start: in the order of the compose file")
    stack.up()
    for path in ("/live", "/ready", "/metrics"):
        expect(path, stack.status(GATEWAY + path), "200")
    forged = stack.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Host: attacker.example", f"{GATEWAY}/api/query"],
                       capture_output=True)
    expect("under another name", forged.stdout, "421")
    say(stack.once("gateway", ["doctor"]).rstrip())
    look_at_chat(stack, check, owner_password, screenshot)

    say("a second `up`: the loader finds the chat")
    stack.start("schema")
    stack.wait_completed("schema")

    say("the database goes away and comes back")
    expect("postgres ended with", stack.stop("postgres"), 0)
    until("not ready", lambda: stack.status(f"{GATEWAY}/ready") == "503")
    expect("/live without a database", stack.status(f"{GATEWAY}/live"), "200")
    stack.start("postgres")
    until("ready again", lambda: ready(stack))
    look_at_chat(stack, check, owner_password, None)

    say("stop")
    for name, status in stack.down().items():
        expect(f"{name} ended with", status, *CLEAN_ENDS[name])

    say("start on a new volume, the gateway before its database and before the schema")
    stack.forget_volumes()
    stack.start("gateway")
    until("/live", lambda: stack.status(f"{GATEWAY}/live") == "200")
    expect("/ready without a database", stack.status(f"{GATEWAY}/ready"), "503")
    stack.start("postgres")
    stack.wait_healthy("postgres")
    until("ready", lambda: ready(stack))
    stack.start("schema")
    stack.wait_completed("schema")
    stack.start("example")
    stack.wait_healthy("example")
    look_at_chat(stack, check, owner_password, None)
