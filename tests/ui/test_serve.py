"""The application in a browser: who is let in, who acts, and the page in a real browser."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pyte
import pytest
from multidict import CIMultiDict

from triage.cli.main import run
from triage.desk.office import Desk
from triage.ui.serve import window
from triage.ui.serve.server import TriageServer, is_loopback, user_of

HEADER = "X-Forwarded-User"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "localhost", "::1", "[::1]"])
def test_loopback_is_this_machine(address: str) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "10.0.0.5", "example.org", "", "127.0.0.1.example.org"])
def test_everything_else_is_not(address: str) -> None:
    assert not is_loopback(address)


@pytest.mark.parametrize("value", ["ana", "ana@harbor.example", "Ana Ruiz", "Zoë-Ann O'Neil"])
def test_a_user_that_a_proxy_names(value: str) -> None:
    assert user_of(CIMultiDict({HEADER: value}), HEADER) == value


@pytest.mark.parametrize(
    "value", ["", "  ", "ana\x1b[31m", "a" * 121, "ana;rm", "\u202eana", "ana\x00", "<b>", "ana\nben"]
)
def test_what_is_no_user(value: str) -> None:
    assert user_of(CIMultiDict({HEADER: value}), HEADER) is None


def test_a_user_that_comes_twice_or_not_at_all_is_none() -> None:
    assert user_of(CIMultiDict(), HEADER) is None
    assert user_of(CIMultiDict([(HEADER, "ana"), (HEADER, "ben")]), HEADER) is None


@pytest.mark.parametrize(
    ("host", "headers", "refused"),
    [
        ("127.0.0.1:8000", {}, False),
        ("localhost:8000", {"Origin": "http://localhost:8000"}, False),
        ("rebound.example:8000", {}, True),
        ("127.0.0.1:8000", {"Origin": "http://evil.example"}, True),
        ("127.0.0.1:8000", {"Origin": "http://127.0.0.1:9000"}, True),
        ("127.0.0.1:8000", {"Origin": "null"}, True),
        ("127.0.0.1:8000", {"Origin": "http://evil.example", "X-Forwarded-Host": "evil.example"}, True),
    ],
)
def test_only_this_server_s_own_page_is_let_in(host: str, headers: dict[str, str], refused: bool) -> None:
    server = TriageServer(Path("x.db"))
    assert bool(server.refusal(host, CIMultiDict(headers))) is refused


def test_behind_a_proxy_everybody_is_signed_in() -> None:
    server = TriageServer(Path("x.db"), address="10.0.0.5", behind_proxy=HEADER)
    assert server.refusal("desk.example", CIMultiDict())
    assert server.refusal("desk.example", CIMultiDict({HEADER: "ana"})) is None
    assert (
        server.refusal(
            "10.0.0.5:8000",
            CIMultiDict({HEADER: "ana", "Origin": "https://desk.example", "X-Forwarded-Host": "desk.example"}),
        )
        is None
    )
    assert server.refusal("desk.example", CIMultiDict({HEADER: "ana", "Origin": "https://evil.example"}))


def test_behind_a_proxy_a_window_may_not_name_files(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--no-files" in TriageServer(Path("x.db"), behind_proxy=HEADER).command
    assert "--no-files" not in TriageServer(Path("x.db")).command
    asked: dict[str, object] = {}
    monkeypatch.setattr("triage.ui.app.run", lambda path, **options: asked.update(options, path=path) or 0)
    assert window.main(["x.db", "--read-only", "--no-files"]) == 0
    assert asked == {"path": Path("x.db"), "read_only": True, "files": False}
    assert window.main(["x.db"]) == 0
    assert asked == {"path": Path("x.db"), "read_only": False, "files": True}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--address", "0.0.0.0"], 2, "without a proxy"),
        (["--behind-proxy", "not a header"], 2, "name of a header"),
        (["--port", "0"], 2, "port"),
        ([], 1, "there is no database"),
    ],
)
def test_what_is_refused_before_anything_listens(
    arguments: list[str], code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["serve", "--db", str(tmp_path / "none.db"), *arguments]) == code
    assert said in capsys.readouterr().err
    assert not (tmp_path / "none.db").exists()


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(database: Path, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`triage serve` in a process of its own, ended with the test; its address."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "triage", "serve", "--db", str(database), "--port", str(port), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert "triage is at" in line, line
        yield f"http://127.0.0.1:{port}/", server
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            raise


def windows_of(server: subprocess.Popen[str]) -> list[int]:
    """The applications that a server has started."""
    import psutil

    return [child.pid for child in psutil.Process(server.pid).children(recursive=True)]


def claimants(database: Path) -> list[str]:
    """Who claimed, in the order of the log."""
    with Desk(database, read_only=True) as desk:
        return [row[0] for row in desk.database.execute("SELECT who FROM acts WHERE what = 'claim' ORDER BY id")]


async def _until(condition, seconds: float = 20.0) -> bool:  # type: ignore[no-untyped-def]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        await asyncio.sleep(0.1)
    return False


@pytest.mark.slow
async def test_the_proxy_s_user_is_who_acts_and_a_window_s_application_ends_with_it(database: Path) -> None:
    with serving(database, "--behind-proxy", HEADER) as (address, server):
        async with aiohttp.ClientSession() as client:
            async with client.get(address) as refused:
                assert refused.status == 403
            origin = address.rstrip("/")
            headers = {HEADER: "lee@harbor.example", "Origin": origin}
            async with client.ws_connect(f"{address}ws?width=120&height=40", headers=headers) as window:
                screen = pyte.Screen(120, 40)
                stream = pyte.ByteStream(screen)

                async def shows(text: str) -> bool:
                    end = time.monotonic() + 20
                    while time.monotonic() < end:
                        if text in "\n".join(screen.display):
                            return True
                        try:
                            message = await window.receive(timeout=0.5)
                        except TimeoutError:
                            continue
                        if message.type is aiohttp.WSMsgType.BINARY:
                            stream.feed(message.data)
                    return False

                assert await shows("Is it about?")
                await window.send_str(json.dumps(["stdin", "a"]))
                assert await _until(lambda: claimants(database) == ["lee@harbor.example"])
                assert windows_of(server)
            assert await _until(lambda: not windows_of(server))


@pytest.mark.slow
async def test_a_port_that_is_taken_is_one_line(database: Path) -> None:
    with serving(database) as (address, _):
        port = address.rstrip("/").rpartition(":")[2]
        second = subprocess.run(
            [sys.executable, "-m", "triage", "serve", "--db", str(database), "--port", port],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert second.returncode == 1
    assert second.stdout == ""
    assert f"127.0.0.1:{port}" in second.stderr and "--port" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1


def chromium() -> str | None:
    """The browser that is installed, if one is."""
    named = os.environ.get("TRIAGE_CHROMIUM")
    return named or next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )


@pytest.mark.slow
async def test_the_page_in_a_browser(database: Path, tmp_path: Path) -> None:
    """Loads the page, presses keys, sees the queue change; nothing is fetched from elsewhere."""
    browser_path = chromium()
    if browser_path is None:
        pytest.skip("no Chromium on this machine")
    from playwright.async_api import async_playwright

    with serving(database) as (address, _):
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=browser_path,
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
            )
            try:
                page = await browser.new_page(viewport={"width": 1200, "height": 700})
                asked: list[str] = []
                received: list[bytes] = []
                wrong: list[str] = []
                page.on("request", lambda request: asked.append(request.url))
                page.on("pageerror", lambda error: wrong.append(str(error)))

                def listen(window) -> None:  # type: ignore[no-untyped-def]
                    window.on(
                        "framereceived", lambda frame: received.append(frame if isinstance(frame, bytes) else b"")
                    )

                page.on("websocket", listen)
                await page.goto(address)

                def text() -> str:
                    screen = pyte.Screen(200, 60)
                    pyte.ByteStream(screen).feed(b"".join(received))
                    return "\n".join(screen.display)

                assert await _until(lambda: "Is it about?" in text()), text()
                await page.wait_for_function("document.body.classList.contains('-first-byte')")
                assert not wrong
                assert all(url.startswith(address) for url in asked if not url.startswith("data:")), asked
                before = await page.screenshot(path=str(tmp_path / "before.png"))
                await page.keyboard.press("a")
                assert await _until(lambda: claimants(database) == ["ana"])
                await page.keyboard.press("/")
                await page.keyboard.type("coffee")
                assert await _until(lambda: "1 of" in text() and "Coffee machine leaks" in text()), text()
                await asyncio.sleep(0.3)
                assert await page.screenshot(path=str(tmp_path / "after.png")) != before
            finally:
                await browser.close()
