"""Settings: what a gateway is started with, and the unsafe ones that it refuses.

They are a TOML file. A secret never stands in it: the file names another file that only its
owner may read. Nothing is guessed, and every fault is reported at once.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from os import geteuid
from pathlib import Path
from stat import S_IMODE, S_ISDIR
from typing import Final
from urllib.parse import urlsplit

from comity.errors import Fault, InvalidRequest
from comity.gateway.folder import FOLDERS, IN, OUT
from comity.model.plain import read

SECRET_LENGTH_MIN: Final = 16
PIN_LENGTH_MIN: Final = 8
IDLE_S_MAX: Final = 3_600
SESSION_S_MAX: Final = 86_400
PORT_MAX: Final = 65_535
MESSAGES_DAYS_MAX: Final = 36_525
CASES_DAYS_MIN: Final = 365
AGAIN_DAYS_MAX: Final = 3_660
EXTERNAL_S_MAX: Final = 60
EXTERNAL_KINDS: Final = ("yente", "watchman")
_KNOWN = "admin change-me changeme comity default demo example letmein password passwd qwerty secret test 12345678"
KNOWN_SECRETS: Final = frozenset(_KNOWN.split())
"""Secrets that everybody knows; also when repeated, as in `changemechangeme`."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificates of the server and of those who may knock.

    Attributes
    ----------
    certificate, key
        PEM files: the server's certificate with its chain, and its private key.
    clients
        PEM file of the authorities whose client certificates are looked at; empty: none is asked for.
    require
        Turn away whoever shows no certificate.
    """

    certificate: str
    key: str
    clients: str = ""
    require: bool = False


@dataclass(frozen=True, slots=True)
class Oidc:
    """A provider at which people sign in.

    Attributes
    ----------
    issuer
        Its URL, as its tokens name it.
    client_id
        Our name there.
    client_secret_file
        File with our secret there.
    acr
        How well people have to prove themselves there, as it calls that (`acr` of OpenID Connect); empty: as it likes.
    """

    issuer: str
    client_id: str
    client_secret_file: str
    acr: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A PKCS#11 token that keeps the gateway's own signing key.

    Attributes
    ----------
    module
        Shared library of the token.
    label
        Label of the token.
    key
        Label of the Ed25519 key in it.
    pin_file
        File with the PIN.
    """

    module: str
    label: str
    key: str
    pin_file: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """How people stay signed in.

    Attributes
    ----------
    idle_s
        A session ends after so long without a request, seconds, 60 to 3,600.
    session_s
        And after so long in any case, seconds, 60 to 86,400.
    oidc
        A provider, if any.
    """

    idle_s: int = 900
    session_s: int = 43_200
    oidc: Oidc | None = None


@dataclass(frozen=True, slots=True)
class Tracing:
    """Where traces go.

    Attributes
    ----------
    endpoint
        URL at which a collector takes spans (OTLP over HTTP), such as `https://collector.example:4318/v1/traces`.
    """

    endpoint: str


@dataclass(frozen=True, slots=True)
class Watched:
    """A folder through which a participant sends and receives messages.

    Attributes
    ----------
    participant
        Whose it is: what lies in it was sent by them.
    path
        The folder; on one file system.
    signed
        Whether every message has to be signed. If not, the folder alone says who wrote it.
    """

    participant: str
    path: str
    signed: bool = True


@dataclass(frozen=True, slots=True)
class External:
    """A screening server that is asked as well, about everybody whom a message names and who is no participant.

    Attributes
    ----------
    kind
        yente or watchman.
    url
        Where it answers.
    dataset
        Which of its lists; its default if empty.
    timeout_s
        Seconds for an answer, 1 to 60; without one in time what it was asked about is held.
    token_file
        File with the whole value of the header `Authorization`; empty: none is sent.
    """

    kind: str
    url: str
    dataset: str = ""
    timeout_s: int = 5
    token_file: str = ""


@dataclass(frozen=True, slots=True)
class Screens:
    """How parties are screened. It cannot be switched off.

    Attributes
    ----------
    again_days
        What is final is screened again for so many days when lists change, 1 to 3,660.
    cases_days
        What cases show of people is erased after so many days, 365 to 36,525; five years is the least that FATF's
        eleventh recommendation asks for.
    customers_named
        Whether payments of customers that are entered as JSON, alone or in a batch, have to name both customers.
    external
        A server that is asked as well, if any.
    """

    again_days: int = 30
    cases_days: int = 1_827
    customers_named: bool = False
    external: External | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What a gateway is started with.

    Attributes
    ----------
    folder
        Folder of the gateway: its log and what stands beside it.
    host, port
        Where it listens.
    origin
        Scheme, host and port as people and machines name it, such as `https://comity.example`; it is what signed
        requests and passkeys are bound to. Empty: as each request says, and no passkeys.
    debug
        Has to be false; it is here to be refused with a reason.
    tls
        Absent only on loopback.
    sign_in
        How people sign in.
    token
        Where the gateway's own signing key is; a file in its folder if absent.
    traces
        Where spans are sent; nowhere if absent.
    messages_days
        Messages are erased, as they were sent, after so many days, 1 to 36,525; 0: when somebody asks for it.
    folders
        Watched folders, of a participant each.
    schemas
        Folder of published schemas, `VERSION.xsd` each, by which messages of these versions are judged in place of
        those that the package has; none if empty.
    screening
        How parties are screened.
    """

    folder: str
    host: str = "127.0.0.1"
    port: int = 8443
    origin: str = ""
    debug: bool = False
    tls: Tls | None = None
    sign_in: SignIn = field(default_factory=SignIn)
    token: Token | None = None
    traces: Tracing | None = None
    messages_days: int = 0
    folders: tuple[Watched, ...] = ()
    schemas: str = ""
    screening: Screens = field(default_factory=Screens)


def read_settings(path: Path) -> Settings:
    """Read the settings in a file; names of files in it count from its folder.

    Raises
    ------
    InvalidRequest
        It cannot be read, or is not safe: with every fault.
    """
    name = str(path)
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidRequest([Fault(name, 0, "", "a file that can be read", str(error.strerror))]) from error
    except ValueError as error:  # not UTF-8, or not TOML
        raise InvalidRequest([Fault(name, 0, "", "TOML", str(error))]) from error
    settings = _placed(read(Settings, plain, name), path.parent.absolute())
    faults = [replace(fault, file=name) for fault in _faults(settings)]
    if faults:
        raise InvalidRequest(faults)
    return settings


def check_binding(host: str, tls: Tls | None) -> None:
    """Refuse plain HTTP off loopback, as InvalidRequest."""
    if faults := _binding_faults(host, tls):
        raise InvalidRequest(faults)


def is_loopback(host: str) -> bool:
    """Whether a host name or address can be reached from this machine alone."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def read_secret(path: str) -> str:
    """Return the secret in a file that `read_settings` has checked, without the line's end."""
    return Path(path).read_text(encoding="utf-8").strip()


def _placed(settings: Settings, base: Path) -> Settings:
    """Name files from the root."""

    def at(name: str) -> str:
        return str(base / name) if name else ""

    tls, token, sign_in = settings.tls, settings.token, settings.sign_in
    if tls:
        tls = replace(tls, certificate=at(tls.certificate), key=at(tls.key), clients=at(tls.clients))
    if token:
        token = replace(token, module=at(token.module), pin_file=at(token.pin_file))
    if sign_in.oidc:
        oidc = replace(sign_in.oidc, client_secret_file=at(sign_in.oidc.client_secret_file))
        sign_in = replace(sign_in, oidc=oidc)
    screening = settings.screening
    if screening.external:
        external = replace(screening.external, token_file=at(screening.external.token_file))
        screening = replace(screening, external=external)
    folders = tuple(replace(each, path=at(each.path)) for each in settings.folders)
    placed = replace(settings, folder=at(settings.folder), tls=tls, token=token, sign_in=sign_in)
    return replace(placed, screening=screening, folders=folders, schemas=at(settings.schemas))


def _faults(settings: Settings) -> list[Fault]:
    faults = _binding_faults(settings.host, settings.tls)
    if settings.debug:
        faults.append(Fault("", 0, "debug", "false: what debugging shows is not for those who ask", "true"))
    if not 1 <= settings.port <= PORT_MAX:
        faults.append(Fault("", 0, "port", f"1 to {PORT_MAX}", str(settings.port)))
    faults += _origin_faults("origin", settings.origin) if settings.origin else []
    if settings.tls:
        faults += _tls_faults(settings.tls)
    faults += _sign_in_faults(settings.sign_in)
    faults += _url_faults("traces.endpoint", settings.traces.endpoint) if settings.traces else []
    if not 0 <= settings.messages_days <= MESSAGES_DAYS_MAX:
        days = str(settings.messages_days)
        faults.append(Fault("", 0, "messages_days", f"up to {MESSAGES_DAYS_MAX}, or 0", days))
    faults += _screening_faults(settings.screening)
    if settings.token:
        faults += _present("token.module", settings.token.module)
        faults += _secret_faults("token.pin_file", settings.token.pin_file, PIN_LENGTH_MIN)
    return faults + _folders_faults(settings.folders)


def _screening_faults(screening: Screens) -> list[Fault]:
    faults = [
        Fault("", 0, f"screening.{name}", f"{least:,} to {most:,}", str(days))
        for name, days, least, most in (
            ("again_days", screening.again_days, 1, AGAIN_DAYS_MAX),
            ("cases_days", screening.cases_days, CASES_DAYS_MIN, MESSAGES_DAYS_MAX),
        )
        if not least <= days <= most
    ]
    external = screening.external
    if external is None:
        return faults
    if external.kind not in EXTERNAL_KINDS:
        faults.append(Fault("", 0, "screening.external.kind", " or ".join(EXTERNAL_KINDS), repr(external.kind)))
    faults += _url_faults("screening.external.url", external.url)
    if not 1 <= external.timeout_s <= EXTERNAL_S_MAX:
        expected = f"1 to {EXTERNAL_S_MAX}"
        faults.append(Fault("", 0, "screening.external.timeout_s", expected, str(external.timeout_s)))
    if external.token_file:
        faults += _secret_faults("screening.external.token_file", external.token_file, SECRET_LENGTH_MIN)
    return faults


def _binding_faults(host: str, tls: Tls | None) -> list[Fault]:
    if tls or is_loopback(host):
        return []
    return [Fault("", 0, "tls", f"certificates, since {host!r} can be reached from elsewhere", "plain HTTP")]


def _origin_faults(column: str, origin: str) -> list[Fault]:
    try:
        parts = urlsplit(origin)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return [Fault("", 0, column, "an origin such as https://comity.example", repr(origin))]
    whole = f"{parts.scheme}://{parts.netloc}"
    if not host or parts.username or whole != origin or parts.scheme not in {"https", "http"}:
        return [Fault("", 0, column, "an origin such as https://comity.example", repr(origin))]
    if parts.scheme == "http" and not is_loopback(host):
        return [Fault("", 0, column, "https, since it is not on loopback", repr(origin))]
    return []


def _url_faults(column: str, url: str) -> list[Fault]:
    """Fault a URL whose origin is none, or is not safe."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return [Fault("", 0, column, "a URL", repr(url))]
    return _origin_faults(column, f"{parts.scheme}://{parts.netloc}")


def _tls_faults(tls: Tls) -> list[Fault]:
    faults = _present("tls.certificate", tls.certificate) + _private("tls.key", tls.key)
    if tls.clients:
        faults += _present("tls.clients", tls.clients)
    elif tls.require:
        faults.append(Fault("", 0, "tls.clients", "the authorities of the certificates that are required", "none"))
    return faults


def _sign_in_faults(sign_in: SignIn) -> list[Fault]:
    faults: list[Fault] = []
    for column, value, most in (
        ("idle_s", sign_in.idle_s, IDLE_S_MAX),
        ("session_s", sign_in.session_s, SESSION_S_MAX),
    ):
        if not 60 <= value <= most:  # noqa: PLR2004 - a minute
            faults.append(Fault("", 0, f"sign_in.{column}", f"60 to {most} seconds", str(value)))
    if sign_in.oidc:
        faults += _url_faults("sign_in.oidc.issuer", sign_in.oidc.issuer)
        if not sign_in.oidc.client_id:
            faults.append(Fault("", 0, "sign_in.oidc.client_id", "our name at the provider", "nothing"))
        faults += _secret_faults("sign_in.oidc.client_secret_file", sign_in.oidc.client_secret_file, SECRET_LENGTH_MIN)
    return faults


def _folders_faults(folders: tuple[Watched, ...]) -> list[Fault]:
    """Fault folders that are not there, that two participants share, or into which others may write."""
    faults: list[Fault] = []
    for number, each in enumerate(folders):
        column = f"folders[{number}]"
        if any(each.participant == other.participant for other in folders[:number]):
            faults.append(Fault("", 0, f"{column}.participant", "one that has no folder yet", repr(each.participant)))
        if any(Path(each.path).resolve() == Path(other.path).resolve() for other in folders[:number]):
            faults.append(Fault("", 0, f"{column}.path", "a folder of one participant alone", each.path))
        if not Path(each.path).is_dir():
            faults.append(Fault("", 0, f"{column}.path", "a folder", f"none at {each.path}"))
            continue
        for name in ("", *FOLDERS):
            shared = each.signed and name in (IN, OUT)
            faults += _open_folder(f"{column}.path", Path(each.path, name), 0o002 if shared else 0o022)
    return faults


def _open_folder(column: str, path: Path, others: int) -> list[Fault]:
    """Fault a folder that is a link, of another user or open to others; not one that is absent."""
    try:
        about = path.lstat()
    except FileNotFoundError:
        return []
    mode = S_IMODE(about.st_mode)
    if not S_ISDIR(about.st_mode):
        return [Fault("", 0, column, "a folder, and no link to one", str(path))]
    if about.st_uid != geteuid():
        return [Fault("", 0, column, "a folder of the user that serves", f"{path} of another")]
    if mode & others:
        expected = "a folder into which its owner alone may write, or its group if messages have to be signed"
        return [Fault("", 0, column, expected, f"{path}, mode {mode:o}")]
    return []


def _present(column: str, path: str) -> list[Fault]:
    return [] if Path(path).is_file() else [Fault("", 0, column, "a file", f"none at {path}")]


def _private(column: str, path: str) -> list[Fault]:
    """Fault a file that is absent, or that others than its owner may open."""
    if absent := _present(column, path):
        return absent
    mode = S_IMODE(Path(path).stat().st_mode)
    if mode & 0o077:
        return [Fault("", 0, column, "a file that its owner alone may read: mode 600", f"mode {mode:o}")]
    return []


def _secret_faults(column: str, path: str, length_min: int) -> list[Fault]:
    faults = _private(column, path)
    if _present(column, path):
        return faults
    try:
        secret = read_secret(path)
    except (OSError, ValueError):
        return [*faults, Fault("", 0, column, "a secret in UTF-8", "what cannot be read")]
    if len(secret) < length_min:
        faults.append(Fault("", 0, column, f"a secret of at least {length_min} characters", f"{len(secret)}"))
    if _is_known(secret):
        faults.append(Fault("", 0, column, "a secret of your own", "one that everybody knows"))
    return faults


def _is_known(secret: str) -> bool:
    plain = secret.casefold()
    return len(set(plain)) == 1 or any(plain == word * (len(plain) // len(word)) for word in KNOWN_SECRETS)
