"""A class on a real JupyterHub, on this machine: how soon a knob is answered, what a student takes, who reads what.

    python -m venv hub; hub/bin/pip install jupyterhub; npm install --prefix hub configurable-http-proxy
    python -m tests.benchmarks.hub hub --students 1 20 --write      into hub.md; some ten minutes on two cores

The hub's Python must find this project too: `make` an environment, and install jupyterhub into it. A student is the
protocol's equivalent of a browser: spawns a server, starts a kernel, runs every cell of lessons 02 and 04 over the
kernel's websocket, answers the questions, and turns a knob every eight seconds or so by the message that the page
sends. All students do so at once; the time runs from the message to the answer's last trait. Each is a user of the
system where this runs as root (its Python must be readable for all); else all are one, and read one another's files.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import secrets
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from uuid import uuid4

import nbformat
import psutil
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.websocket import websocket_connect

from tests.benchmarks.sweeping import put_table, started

ROOT = Path(__file__).parents[2]
PAGE = Path(__file__).with_suffix(".md")


class Lesson(NamedTuple):
    """A notebook, and the lab of it of which a knob is turned."""

    notebook: str
    lab: str


LESSONS = {
    "02": Lesson("02_fast_weights.ipynb", "Write head"),
    "04": Lesson("04_surprise.ipynb", "Surprise track"),
}
TURNS, PAUSE, PATIENCE = 5, 8.0, 900.0
LEAST_FREE = 2 * 2**30
"""Bytes: with less free memory the run stops."""
FIRST_USER = 61_000
GUIDE = ROOT / "notebooks/instructor/hub.md"
"""Its configuration is the one that is run; what follows is of this machine and of this test."""
CONFIG = """
import os
from jupyterhub.spawner import SimpleLocalProcessSpawner

class OwnUser(SimpleLocalProcessSpawner):
    def make_preexec_fn(self, name):
        def become():
            os.chdir(self.home_dir)
            number = os.stat(".").st_uid
            if number != os.geteuid():
                os.setgroups([])
                os.setgid(number)
                os.setuid(number)
        return become

c.JupyterHub.spawner_class = OwnUser
c.OwnUser.home_dir_template = {homes!r} + "/{{username}}"
c.JupyterHub.ip, c.JupyterHub.port = "127.0.0.1", {port}
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {password!r}
c.Authenticator.allow_all = True
c.JupyterHub.services = [{{"name": "class", "api_token": {password!r}}}]
c.JupyterHub.load_roles = [{{"name": "class", "scopes": ["admin:users", "tokens"], "services": ["class"]}}]
c.Spawner.args += ["--allow-root"]
c.Spawner.start_timeout = c.Spawner.http_timeout = 900
"""


@dataclass
class Student:
    """One of the class: how to reach its server, and what was seen of it."""

    name: str
    hub: str
    token: str = ""
    waits: dict[str, list[float]] = field(default_factory=dict)
    memory: dict[str, tuple[float, float]] = field(default_factory=dict)
    failed: int = 0

    @property
    def server(self) -> str:
        return f"{self.hub}/user/{self.name}"

    async def ask(self, url: str, method: str = "GET", body: Any = None) -> HTTPResponse:
        """One call, whatever its answer is; a redirection to a page of login is an answer too."""
        headers = {"Authorization": f"token {self.token}"} if self.token else {}
        text = json.dumps(body) if body is not None else "" if method == "POST" else None
        request = HTTPRequest(url, method, headers, text, request_timeout=PATIENCE, follow_redirects=False)
        return await AsyncHTTPClient().fetch(request, raise_error=False)

    async def arrive(self, password: str) -> None:
        """A token of the student's own, made by the class's service, and the own server."""
        user, self.token = f"{self.hub}/hub/api/users/{self.name}", password
        await self.ask(user, "POST")
        self.token = _made(await self.ask(f"{user}/tokens", "POST", {}))["token"]
        spawned = await self.ask(f"{user}/server", "POST")
        assert spawned.code in (201, 202), (spawned.code, spawned.body)
        while not (json.loads((await self.ask(user)).body)["servers"].get("") or {}).get("ready"):
            await asyncio.sleep(0.5)


class Kernel:
    """A kernel of a student's, spoken to over the websocket that a page would open."""

    def __init__(self, student: Student) -> None:
        self.student, self.session = student, uuid4().hex
        self.labs: dict[str, dict[str, Any]] = {}
        self.waiting: dict[str, asyncio.Future[Any]] = {}

    async def start(self) -> None:
        """A kernel, its websocket, and who reads that."""
        asked = {"name": "python3", "path": "lesson.ipynb"}
        said = await self.student.ask(f"{self.student.server}/api/kernels", "POST", asked)
        self.id = json.loads(said.body)["id"]
        await self.connect()

    async def connect(self) -> None:
        url = f"{self.student.server}/api/kernels/{self.id}/channels?session_id={self.session}".replace("http", "ws", 1)
        request = HTTPRequest(
            url,
            headers={"Authorization": f"token {self.student.token}"},
            connect_timeout=PATIENCE,
            request_timeout=PATIENCE,
        )
        self.socket = await websocket_connect(request, max_message_size=2**28)
        self.reader = asyncio.create_task(self.read())

    async def read(self) -> None:
        """Hand what comes to who waits for it; what goes wrong too."""
        try:
            while (text := await self.socket.read_message()) is not None:
                self._hear(json.loads(text) if isinstance(text, str) else _head_of(text))
            raise ConnectionError("the kernel's websocket was closed")
        except Exception as problem:
            for one in self.waiting.values():
                if not one.done():
                    one.set_exception(problem)

    def _hear(self, message: dict[str, Any]) -> None:
        """Cells wait by their request's id, knobs by their turn's name."""
        kind, content = message["header"]["msg_type"], message["content"]
        state = (content.get("data") or {}).get("state", {}) if kind.startswith("comm_") else {}
        form = state.get("form", {})
        if kind == "comm_open" and "controls" in form:
            self.labs.setdefault(form["title"], {"comm": content["comm_id"], **form})
        elif kind == "comm_open" and "text" in form:
            self.question = (content["comm_id"], form)
        elif kind == "execute_reply":
            self._answer(message["parent_header"].get("msg_id", ""), content)
        elif kind == "error":
            print(self.student.name, content["ename"], content["evalue"], file=sys.stderr)
        self._answer(state.get("answered", ""), None)

    def _answer(self, name: str, content: Any) -> None:
        if name in self.waiting and not self.waiting[name].done():
            self.waiting[name].set_result(content)

    async def tell(self, kind: str, content: dict[str, Any], name: str) -> None:
        """A message on the shell channel."""
        header = {
            "msg_id": name,
            "msg_type": kind,
            "username": "",
            "session": self.session,
            "version": "5.3",
            "date": "",
        }
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        await self.socket.write_message(json.dumps(message))

    async def send(self, kind: str, content: dict[str, Any], name: str) -> Any:
        """A message, and the answer that is waited for under this name."""
        self.waiting[name] = asyncio.get_running_loop().create_future()
        await self.tell(kind, content, name)
        return await asyncio.wait_for(self.waiting[name], PATIENCE)

    async def predict(self, dice: random.Random) -> None:
        """Answer the question that was asked last by some guess, as its button does."""
        comm, form = self.question
        if form["kind"] == "options":
            answer = dice.choice(form["options"])[0]
        elif form["kind"] == "number":
            answer = form["low"] + form["step"] * dice.randrange(round((form["high"] - form["low"]) / form["step"]))
        else:
            answer = [dice.uniform(form["y"]["low"], form["y"]["high"]) for _ in form["places"]]
        await self.tell("comm_msg", {"comm_id": comm, "data": {"method": "custom", "content": {"answer": answer}}}, "")

    async def run(self, code: str, asked: str = "None") -> Any:
        """Run a cell as a page does, and what an expression is afterwards."""
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": True, "stop_on_error": False}
        reply = await self.send("execute_request", {**content, "user_expressions": {"asked": asked}}, uuid4().hex)
        self.student.failed += reply["status"] != "ok"
        return reply.get("user_expressions", {}).get("asked", {}).get("data", {}).get("text/plain")

    async def turn(self, title: str, value: float) -> float:
        """Turn the first knob of the lab with this title; how many seconds the answer took."""
        lab, name = self.labs[title], uuid4().hex
        knob = next(one for one in lab["controls"] if one["kind"] == "number")
        whole = round(value * (knob["high"] - knob["low"]) / knob["step"])
        knobs = {knob["name"]: knob["low"] + whole * knob["step"]}
        data = {"method": "custom", "content": {"kind": "knobs", "knobs": knobs, "turn": name}}
        began = time.perf_counter()
        await self.send("comm_msg", {"comm_id": lab["comm"], "data": data}, name)
        return time.perf_counter() - began

    async def stop(self) -> None:
        self.reader.cancel()
        self.socket.close()
        await self.student.ask(f"{self.student.server}/api/kernels/{self.id}", "DELETE")


def _made(said: HTTPResponse) -> dict[str, Any]:
    assert said.code in (200, 201), (said.code, said.effective_url, said.body)
    return json.loads(said.body)


def _head_of(message: bytes) -> dict[str, Any]:
    """The JSON of a message that has buffers behind it."""
    first, second = struct.unpack("!II", message[4:12])
    return json.loads(message[first:second])


def memory(pid: int) -> tuple[float, float]:
    """Megabytes that a process takes: pages that others hold too by their share, and counted whole."""
    info = psutil.Process(pid).memory_full_info()
    return info.pss / 2**20, info.rss / 2**20


@contextmanager
def hub(folder: Path, tools: Path, students: Sequence[str]) -> Iterator[tuple[str, str]]:
    """A hub as the guide has it, with a home for each student; its address and its password."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    port, hub_port, api_port = (probe.getsockname()[1] for probe in probes)
    for probe in probes:
        probe.close()
    folder.chmod(0o711)
    for number, name in enumerate(students):
        home = folder / "homes" / name
        home.mkdir(parents=True)
        home.chmod(0o700)
        if os.geteuid() == 0:
            os.chown(home, FIRST_USER + number, FIRST_USER + number)
    password = secrets.token_hex(32)
    python, proxy = (tools / where for where in ("bin/python", "node_modules/.bin/configurable-http-proxy"))
    python = python if python.exists() else tools / "venv/bin/python"
    said = {"port": port, "hub_port": hub_port, "api_port": api_port, "proxy": str(proxy.absolute())}
    said |= {"password": password, "homes": str(folder / "homes")}
    told = GUIDE.read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]
    told = told.replace(".venv/bin/jupyterhub-singleuser", str(python.absolute().with_name("jupyterhub-singleuser")))
    told = told.replace("/opt/nlviz", str(ROOT))
    (folder / "config.py").write_text(told + CONFIG.format(**said), encoding="utf-8")
    with (folder / "hub.log").open("w", encoding="utf-8") as log:
        command = [str(python.absolute()), "-m", "jupyterhub", "-f", "config.py"]
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        try:
            yield f"http://127.0.0.1:{port}/course", password
        except BaseException:
            print((folder / "hub.log").read_text(encoding="utf-8")[-3000:], file=sys.stderr)
            raise
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


async def lesson(student: Student, name: str, dice: random.Random) -> Kernel:
    """Run a lesson's cells, answer its questions, turn a knob; the kernel stays."""
    kernel = Kernel(student)
    await kernel.start()
    for cell in nbformat.read(ROOT / "notebooks" / LESSONS[name].notebook, as_version=4).cells:
        if cell.cell_type == "code":
            await kernel.run(cell.source)
            if cell.source.startswith("predict("):
                await kernel.predict(dice)
    waits = student.waits.setdefault(name, [])
    for _ in range(TURNS):
        await asyncio.sleep(dice.uniform(0.5, 1.5) * PAUSE)
        waits.append(await kernel.turn(LESSONS[name].lab, dice.uniform(0.2, 0.8)))
    said = await kernel.run("import os", "f'{os.getpid()} {os.getppid()}'")
    pid, server = map(int, said.strip("'").split())
    student.memory[name], student.memory["server"] = memory(pid), memory(server)
    if psutil.virtual_memory().available < LEAST_FREE:
        raise MemoryError("less than two gigabytes are free: fewer students, please")
    return kernel


async def attend(student: Student, password: str, seed: int) -> Kernel:
    """A student's class: both lessons, the second left open."""
    dice = random.Random(seed)
    await student.arrive(password)
    first = await lesson(student, "02", dice)
    await first.stop()
    return await lesson(student, "04", dice)


async def crossed(kernels: Sequence[Kernel]) -> dict[str, int]:
    """Everybody asks for the own answers, and for the next one's answers and kernels: of the hub, in the kernel."""
    seen = {"own": 0, "other": 0, "tried": 0}
    for number, kernel in enumerate(kernels):
        student, other = kernel.student, kernels[(number + 1) % len(kernels)].student
        path = "api/contents/answers.jsonl"
        seen["own"] += (await student.ask(f"{student.server}/{path}")).code == 200
        if other is not student:
            for what in (path, "api/kernels", "files/answers.jsonl"):
                seen["tried"] += 1
                seen["other"] += (await student.ask(f"{other.server}/{what}")).code < 300
            there = f"open('../../{other.name}/nlviz/answers.jsonl').read()"
            seen["tried"] += 1
            seen["other"] += await kernel.run("pass", there) is not None
    return seen


async def killed(kernels: Sequence[Kernel]) -> dict[str, float]:
    """End the first one's kernel as a machine without memory does: who is answered then, and whether it comes back."""
    first, *others = kernels
    pid = int(await first.run("import os", "os.getpid()"))
    os.kill(pid, signal.SIGKILL)
    waits = await asyncio.gather(*(kernel.turn(LESSONS["04"].lab, 0.5) for kernel in others), return_exceptions=True)
    began = time.perf_counter()
    back = await asyncio.wait_for(restarted(first), PATIENCE)
    answered = sum(isinstance(wait, float) for wait in waits)
    return {"answered": answered, "of": len(others), "back": back and time.perf_counter() - began}


async def restarted(kernel: Kernel) -> bool:
    """Connect as a page does, until the kernel that the server starts in place of a dead one answers."""
    while True:
        await asyncio.sleep(1)
        kernel.reader.cancel()
        kernel.socket.close()
        with suppress(TimeoutError, ConnectionError, OSError):
            await kernel.connect()
            if await asyncio.wait_for(kernel.run("pass", "1 + 1"), 10) == "2":
                return True


async def class_of(count: int, url: str, password: str) -> dict[str, Any]:
    """What a class of so many saw."""
    await asyncio.wait_for(arrived(url), PATIENCE)
    students = [Student(f"student{number}", url) for number in range(count)]
    began = time.perf_counter()
    kernels = await asyncio.gather(*(attend(one, password, seed) for seed, one in enumerate(students)))
    took = time.perf_counter() - began
    seen, lost = await crossed(kernels), await killed(kernels)
    waits = {name: sorted(wait for one in students for wait in one.waits[name]) for name in LESSONS}
    sizes = {
        name: [median(one.memory[name][which] for one in students) for which in (0, 1)] for name in (*LESSONS, "server")
    }
    return {
        "students": count,
        "took": took,
        "waits": waits,
        "memory": sizes,
        "seen": seen,
        "killed": lost,
        "failed": sum(one.failed for one in students),
    }


async def arrived(url: str) -> None:
    """Wait for the hub."""
    while True:
        try:
            if (await Student("nobody", url).ask(f"{url}/hub/health")).code == 200:
                return
        except OSError:
            pass
        await asyncio.sleep(0.5)


def p95(values: Sequence[float]) -> float:
    return values[min(len(values) - 1, int(0.95 * len(values)))]


def table(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Answers as ratios to the first class's median, that of one student alone."""
    yield "| students | a knob of | median | 95 of 100 | one alone, ms | its kernel, MB | its server, MB |"
    yield "|--:|---|--:|--:|--:|--:|--:|"
    for one in found:
        for name in LESSONS:
            alone, waits = median(found[0]["waits"][name]), one["waits"][name]
            sizes = (one["memory"][key] for key in (name, "server"))
            kernel, server = (f"{shared:.0f} ({whole:.0f})" for shared, whole in sizes)
            ratios = f"{median(waits) / alone:.1f} | {p95(waits) / alone:.1f}"
            yield f"| {one['students']} | {name} | {ratios} | {alone * 1000:.0f} | {kernel} | {server} |"
    yield ""
    heads = (
        "students",
        "own answers read",
        "another's answers or kernel",
        "answered beside a killed kernel",
        "it came back",
    )
    yield f"| {' | '.join(heads)} | cells that raised | minutes |"
    yield "|--:|--:|--:|--:|--:|--:|--:|"
    for one in found:
        seen, lost = one["seen"], one["killed"]
        read = f"{seen['own']} of {one['students']} | {seen['other']} of {seen['tried']}"
        back = f"{lost['answered']} of {lost['of']} | {lost['back']:.0f} s"
        yield f"| {one['students']} | {read} | {back} | {one['failed']} | {one['took'] / 60:.1f} |"


def main() -> None:
    """A class after the other, and the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tools", type=Path, help="the folder with the hub's environment and its proxy")
    parser.add_argument("--students", type=int, nargs="+", default=[1, 20], help="classes of so many, the first alone")
    parser.add_argument("--write", action="store_true", help="put the tables into hub.md")
    chosen = parser.parse_args()
    found: list[dict[str, Any]] = []
    for count in chosen.students:
        with tempfile.TemporaryDirectory() as folder:
            names = [f"student{number}" for number in range(count)]
            with hub(Path(folder), chosen.tools, names) as (url, password):
                found.append(asyncio.run(class_of(count, url, password)))
        print(json.dumps(found[-1]), flush=True)
        if chosen.write:
            put_table(PAGE, "\n".join(table(found)))
    print("\n".join(table(found)))


if __name__ == "__main__":
    started()
