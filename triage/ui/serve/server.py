"""The server behind `triage serve`: the same application, a process a browser window, through textual-serve.

It listens on this machine only. A web page of somebody else's must not reach it through the visitor's browser, so
the name that it is asked by and the origin of a socket are checked. Behind a proxy that signs people in, the header
that carries the user is required, and that user is who acts.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import os
import re
import shlex
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp_jinja2
import jinja2
from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager
from textual_serve.server import Server

from triage.errors import Refused
from triage.text import one_line

_PAGE = Path(__file__).parent
_USER = re.compile(r"[\w.@+' -]{1,120}")
_MOST_WINDOWS = 64
_COLUMNS, _ROWS = (20, 500), (6, 200)
_LEAVE_SECONDS = 5.0
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " font-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def is_loopback(address: str) -> bool:
    """Whether an address can be reached from this machine alone; names other than localhost are not looked up."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def user_of(headers: Any, name: str) -> str | None:
    """The signed-in user in the header `name`; None where it is missing, comes twice or is no name."""
    values = headers.getall(name, [])
    if len(values) != 1:
        return None
    value = str(values[0]).strip()
    return value if value and _USER.fullmatch(value) and value == one_line(value) else None


class _Window(AppService):
    """One window's process, which acts as the window's user and does not outlive it."""

    def __init__(self, *args: Any, user: str | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        environment: dict[str, str] = super()._build_environment(width, height)
        if self._user is not None:
            environment["TRIAGE_USER"] = self._user
        return environment

    async def stop(self) -> None:
        """Ask the application to leave, and end it where it does not."""
        with contextlib.suppress(asyncio.TimeoutError, ConnectionError):
            await asyncio.wait_for(super().stop(), _LEAVE_SECONDS)
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(process.wait(), _LEAVE_SECONDS)
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()


class TriageServer(Server):
    """Serves one database. `behind_proxy` names the header with the signed-in user, which every request must carry."""

    def __init__(
        self,
        database: Path,
        *,
        address: str = "127.0.0.1",
        port: int = 8000,
        read_only: bool = False,
        behind_proxy: str | None = None,
    ) -> None:
        command = [sys.executable, "-m", "triage.ui.serve.window", str(database.absolute())]
        command += ["--read-only"] if read_only else []
        command += ["--no-files"] if behind_proxy is not None else []
        super().__init__(
            ("exec " if os.name == "posix" else "") + shlex.join(command), host=address, port=port, title="triage"
        )
        self.behind_proxy = behind_proxy
        self._windows = 0
        self.download_manager = DownloadManager()

    def initialize_logging(self) -> None:
        """One line an error: what goes wrong in a window is no traceback on the server's screen."""

        class OneLine(logging.Formatter):
            def format(self, record: logging.LogRecord) -> str:
                error = record.exc_info[1] if record.exc_info else None
                kind = f"{type(error).__name__}: " if error else ""
                return one_line(f"triage serve: {kind}{record.getMessage()}")

        handler = logging.StreamHandler()
        handler.setFormatter(OneLine())
        logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)

    async def _make_app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader(_PAGE), autoescape=True)
        app.add_routes(
            [
                web.get("/", self.handle_index, name="index"),
                web.get("/ws", self.handle_websocket, name="websocket"),
                web.get("/download/{key}", self.handle_download, name="download"),
                web.get("/page/{name:page\\.(?:css|js)}", self._handle_page),
                web.static("/static", self.statics_path),
            ]
        )
        return app

    def _say_where(self, _theirs: str) -> None:
        """Say where it is to be found. Called once it listens, so that a port that is taken is not announced first."""
        print(f"triage is at {self.public_url}/ (Ctrl+C ends it)", flush=True)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse who does not come by this server's own name, from its own page, or signed in."""
        refusal = self.refusal(request.host, request.headers)
        if refusal:
            return web.Response(status=403, text=f"triage: {refusal}\n", headers=_HEADERS)
        response = await handler(request)
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    def refusal(self, host: str, headers: Any) -> str | None:
        """Why a request is refused, or None. `host` is the name that the server was asked by."""
        if self.behind_proxy is not None:
            if user_of(headers, self.behind_proxy) is None:
                return f"the proxy named no user in {self.behind_proxy}; sign in through it"
        elif not is_loopback(_name(host)):
            return "this server answers on this machine alone"
        origin = headers.get("Origin")
        own = {host} if self.behind_proxy is None else {host, headers.get("X-Forwarded-Host", host)}
        if origin is not None and urlsplit(origin).netloc not in own:
            return "a page from elsewhere may not open this desk"
        return None

    async def handle_index(self, request: web.Request) -> Any:
        """The page with the terminal; everything that it loads comes from here."""
        size = request.query.get("fontsize", "")
        font = min(48, max(6, int(size))) if size.isdecimal() and len(size) < 4 else 16
        return aiohttp_jinja2.render_template("page.html", request, {"font_size": font})

    async def _handle_page(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(_PAGE / request.match_info["name"])

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """The socket of a window: starts its application and ends it with the window."""
        user = user_of(request.headers, self.behind_proxy) if self.behind_proxy is not None else None
        if "Origin" not in request.headers:
            raise web.HTTPForbidden(text="triage: only the page itself opens a window\n")
        if self._windows >= _MOST_WINDOWS:
            raise web.HTTPServiceUnavailable(text="triage: too many windows are open\n")
        websocket = web.WebSocketResponse(heartbeat=15, max_msg_size=1 << 20)
        await websocket.prepare(request)
        window = _Window(
            self.command,
            user=user,
            write_bytes=websocket.send_bytes,
            write_str=websocket.send_str,
            close=websocket.close,
            download_manager=self.download_manager,
        )
        self._windows += 1
        try:
            await window.start(_size(request, "width", 80, _COLUMNS), _size(request, "height", 24, _ROWS))
            await self._process_messages(websocket, window)
        except (AssertionError, AttributeError, KeyError, IndexError, TypeError, ValueError):
            await websocket.close(message=b"not a message of the page")
        except asyncio.CancelledError:
            await websocket.close()
        finally:
            self._windows -= 1
            await window.stop()
        return websocket

    def serve(self, debug: bool = False) -> None:
        """Serve until Ctrl+C or SIGTERM; every window's application ends with it. Refused where the port is taken."""
        self.initialize_logging()
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        with contextlib.suppress(NotImplementedError):
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self.request_exit)
        try:
            web.run_app(
                self._make_app(),
                host=self.host,
                port=self.port,
                handle_signals=False,
                loop=loop,
                print=self._say_where,
                access_log=None,
                shutdown_timeout=_LEAVE_SECONDS,
            )
        except OSError as error:
            raise Refused(
                f"{self.host}:{self.port}: {error.strerror or error}", "name another port with --port"
            ) from error


def _name(host: str) -> str:
    """The name of a host without its port."""
    return urlsplit(f"//{host}").hostname or ""


def _size(request: web.Request, name: str, default: int, bounds: tuple[int, int]) -> int:
    text = request.query.get(name, "")
    return min(bounds[1], max(bounds[0], int(text))) if text.isdecimal() and len(text) < 6 else default
