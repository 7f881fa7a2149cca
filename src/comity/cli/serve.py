"""`comity serve`: a gateway on a log, or a sandbox, until it is told to stop.

The folder holds the log and what stands beside it. Where there is no log yet, its folder
`union` says what the union is made of, and the log begins with that. Later the same folder says
when offsetting, clearing and auctions take place; what it says of the union has to stay what the log says.
"""

import signal
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from comity.cli.progress import saying
from comity.errors import Conflict, EnvironmentFailed, Fault, InvalidRequest, NotFound

if TYPE_CHECKING:
    from comity.day.read import Day
    from comity.gateway.settings import Settings
    from comity.model.union import Genesis

UNION = "union"
PORT = 8080
_STARTS = "getting ready; the first start on a machine compiles, for up to a minute"
_NEEDED = ("litestar", "msgspec", "uvicorn", "uvloop", "httptools", "prometheus_client")


def serve_gateway(
    data: Path | None, host: str, port: int | None, config: Path | None, schemas: Path | None, *, sandbox: bool
) -> None:
    """Serve until told to stop: SIGTERM ends it with 0, SIGINT with 130.

    Raises
    ------
    InvalidRequest, NotFound, Conflict
        The settings are not safe, or the folder has no log and no union, or another one than its log.
    LogLocked
        Another process holds the log.
    EnvironmentFailed
        What serving needs is not installed, or the port is taken.
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise EnvironmentFailed(f"serving needs {', '.join(missing)}: install comity[serve]")
    if sandbox:
        _refuse_beside_sandbox(data, config)
        ended = _serve_sandbox(host or "127.0.0.1", PORT if port is None else port, schemas)
    else:
        ended = _serve_log(_settings(data, host, port, config, schemas))
    if ended == signal.SIGINT:
        raise KeyboardInterrupt


def _refuse_beside_sandbox(data: Path | None, config: Path | None) -> None:
    faults = [
        Fault("", 0, name, "nothing: a sandbox keeps nothing, and its keys are known to everybody", str(given))
        for name, given in (("--data", data), ("--config", config))
        if given is not None
    ]
    if faults:
        raise InvalidRequest(faults)


def _settings(data: Path | None, host: str, port: int | None, config: Path | None, schemas: Path | None) -> "Settings":
    """Return the settings of the file, what the command line says put in their place, checked."""
    from dataclasses import replace

    from comity.gateway.settings import Settings, check_binding, read_settings

    if config is None and data is None:
        raise InvalidRequest([Fault("", 0, "--data", "the folder of the log, or --config, or --sandbox", "none")])
    settings = read_settings(config) if config is not None else Settings(str(data), port=PORT)
    if data is not None:
        settings = replace(settings, folder=str(data))
    if host:
        settings = replace(settings, host=host)
    if port is not None:
        settings = replace(settings, port=port)
    if schemas is not None:
        settings = replace(settings, schemas=str(schemas))
    check_binding(settings.host, settings.tls)
    return settings


def _serve_log(settings: "Settings") -> int:
    from comity.api.app import whole_app
    from comity.api.serving import Serving, bind
    from comity.gateway.gateway import LOG, Gateway
    from comity.gateway.plan import plain_day, read_union
    from comity.gateway.sandbox import warm_up
    from comity.gateway.token import TokenKey
    from comity.iso20022.schemas import Schemas

    if settings.traces is not None and find_spec("opentelemetry") is None:
        raise EnvironmentFailed("traces need opentelemetry: install comity[traces]")
    folder = Path(settings.folder)
    union = read_union(folder / UNION) if (folder / UNION).is_dir() else None
    begun = (folder / LOG).is_file() and (folder / LOG).stat().st_size > 0
    if not begun and union is None:
        raise NotFound(f"{folder} has no log, and no folder {UNION} that says what to begin one with")

    def plan(genesis: "Genesis") -> "Day":
        if union is None:
            return plain_day(genesis)
        if union.genesis != genesis:
            raise Conflict(f"{folder / UNION} is another union than that of the log in {folder}")
        return union

    published = Schemas.open(Path(settings.schemas)) if settings.schemas else None
    bound = bind(settings.host, settings.port)
    with bound:
        with saying(_STARTS):
            warm_up()
        signer = TokenKey.open(settings.token) if settings.token is not None else None
        gateway = Gateway.open(folder, union.genesis if union is not None else None, plan=plan, signer=signer)
        gateway.inbox.published = published
        if settings.traces is not None:
            from comity.gateway.traces import open_traces

            gateway.trace(open_traces(settings.traces))
        app = whole_app(gateway, settings)
        address = _address(settings.host, bound.getsockname()[1], tls=settings.tls is not None)
        serving = Serving(app, bound, lambda: _say(f"serving {folder} on {address}"), tls=settings.tls)
        return serving.run()


def _serve_sandbox(host: str, port: int, schemas: Path | None) -> int:
    from comity.api.app import whole_app
    from comity.api.sandbox import sandbox_routes
    from comity.api.serving import Ending, Serving, bind
    from comity.gateway.destinations import Rules
    from comity.gateway.sandbox import open_sandbox, sandbox_keys, warm_up
    from comity.gateway.settings import is_loopback
    from comity.iso20022.schemas import Schemas

    if not is_loopback(host):
        raise InvalidRequest([Fault("", 0, "--host", "loopback: everybody knows the keys of a sandbox", repr(host))])
    published = Schemas.open(schemas) if schemas is not None else None
    with bind(host, port) as bound:
        with saying(_STARTS):
            warm_up()
        address = _address(host, bound.getsockname()[1], tls=False)
        keys = "\n".join(f"  {secret:<28}{' '.join(sorted(actor.roles))}" for secret, actor in sandbox_keys().items())
        greeting = f"sandbox on {address}; it keeps nothing, its clock stands until it is advanced\nkeys:\n{keys}"
        while True:
            gateway, clock = open_sandbox()
            gateway.inbox.published = published
            gateway.delivery.rules = Rules(private=True, plain=True)
            ends = Ending()
            app = whole_app(gateway, sandbox=sandbox_routes(clock, ends.stop))
            serving = Serving(app, bound, _once(greeting), ends, grace_s=2)
            greeting = "sandbox begun anew"
            if ended := serving.run():
                return ended


def _address(host: str, port: int, *, tls: bool) -> str:
    shown = f"[{host.strip('[]')}]" if ":" in host else host
    return f"http{'s' * tls}://{shown}:{port}"


def _once(text: str) -> Callable[[], None]:
    return lambda: _say(text)


def _say(text: str) -> None:
    sys.stdout.write(f"comity: {text}\n")
    sys.stdout.flush()
