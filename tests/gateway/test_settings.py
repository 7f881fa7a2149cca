"""Settings: unsafe ones are refused, all faults at once."""

import re
from pathlib import Path

import pytest

from comity.errors import InvalidRequest
from comity.gateway.settings import Tls, check_binding, is_loopback, read_settings


def write(folder: Path, text: str) -> Path:
    path = folder / "gateway.toml"
    path.write_text(text)
    return path


def private(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(text)
    path.chmod(0o600)


def test_least_settings_listen_on_loopback(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, 'folder = "node"'))
    assert (settings.folder, settings.host, settings.tls) == (str(tmp_path / "node"), "127.0.0.1", None)
    assert settings.traces is None


def test_full_settings_name_files_from_their_own_folder(tmp_path: Path) -> None:
    for name in ("server.pem", "clients.pem", "token.so"):
        (tmp_path / name).write_text("x")
    private(tmp_path, "server.key", "x")
    private(tmp_path, "oidc", "Kq0rj3Z8mPz1TnW4\n")
    private(tmp_path, "pin", "83920174")
    text = """
    folder = "node"
    host = "0.0.0.0"
    port = 443
    origin = "https://comity.example"
    tls = {certificate = "server.pem", key = "server.key", clients = "clients.pem", require = true}
    token = {module = "token.so", label = "comity", key = "gateway", pin_file = "pin"}
    [sign_in]
    idle_s = 600
    oidc = {issuer = "https://login.example/realm", client_id = "comity", client_secret_file = "oidc"}
    """
    settings = read_settings(write(tmp_path, text))
    assert settings.tls
    assert settings.tls.key == str(tmp_path / "server.key")
    assert settings.sign_in.oidc
    assert settings.sign_in.oidc.client_secret_file == str(tmp_path / "oidc")


def test_spans_go_over_tls_or_stay_on_the_machine(tmp_path: Path) -> None:
    for endpoint in ("http://127.0.0.1:4318/v1/traces", "https://collector.example/v1/traces"):
        settings = read_settings(write(tmp_path, f'folder = "node"\ntraces = {{endpoint = "{endpoint}"}}'))
        assert settings.traces is not None
        assert settings.traces.endpoint == endpoint
    for endpoint in ("http://collector.example/v1/traces", "collector", ""):
        with pytest.raises(InvalidRequest, match=r"traces\.endpoint"):
            read_settings(write(tmp_path, f'folder = "node"\ntraces = {{endpoint = "{endpoint}"}}'))


def test_every_unsafe_setting_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "oidc").write_text("changemechangeme")
    (tmp_path / "oidc").chmod(0o644)
    text = """
    folder = "node"
    host = "0.0.0.0"
    port = 0
    debug = true
    origin = "http://comity.example"
    [sign_in]
    idle_s = 1
    session_s = 999999
    oidc = {issuer = "http://login.example", client_id = "", client_secret_file = "oidc"}
    """
    with pytest.raises(InvalidRequest) as bad:
        read_settings(write(tmp_path, text))
    assert sorted(fault.column for fault in bad.value.faults) == [
        "debug",
        "origin",
        "port",
        "sign_in.idle_s",
        "sign_in.oidc.client_id",
        "sign_in.oidc.client_secret_file",
        "sign_in.oidc.client_secret_file",
        "sign_in.oidc.issuer",
        "sign_in.session_s",
        "tls",
    ]
    assert "changeme" not in str(bad.value)


@pytest.mark.parametrize("secret", ["", "short", "passwordpassword", "aaaaaaaaaaaaaaaaaaaaaaaa"])
def test_secret_that_is_short_or_known_is_refused(tmp_path: Path, secret: str) -> None:
    private(tmp_path, "oidc", secret)
    text = """
    folder = "node"
    [sign_in.oidc]
    issuer = "https://login.example"
    client_id = "comity"
    client_secret_file = "oidc"
    """
    with pytest.raises(InvalidRequest) as bad:
        read_settings(write(tmp_path, text))
    assert {fault.column for fault in bad.value.faults} == {"sign_in.oidc.client_secret_file"}


@pytest.mark.parametrize("text", ["folder = ", 'folder = "node"\nsecret = "x"', "", 'folder = "node"\nport = "1"'])
def test_file_of_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidRequest):
        read_settings(write(tmp_path, text))


def test_certificates_that_are_required_need_authorities(tmp_path: Path) -> None:
    (tmp_path / "server.pem").write_text("x")
    private(tmp_path, "server.key", "x")
    text = 'folder = "node"\ntls = {certificate = "server.pem", key = "server.key", require = true}'
    with pytest.raises(InvalidRequest) as bad:
        read_settings(write(tmp_path, text))
    assert [fault.column for fault in bad.value.faults] == ["tls.clients"]


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.168.0.1", "comity.example", "127.0.0.1.example"])  # noqa: S104 - to be refused
def test_plain_http_off_loopback_is_refused(host: str) -> None:
    with pytest.raises(InvalidRequest):
        check_binding(host, None)
    check_binding(host, Tls("a", "b"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_plain_http_on_loopback_is_let_be(host: str) -> None:
    assert is_loopback(host)
    check_binding(host, None)


def test_settings_in_the_guide_are_read_but_for_files_that_are_not_there(tmp_path: Path) -> None:
    guide = Path(__file__).resolve().parents[2] / "docs" / "guide" / "identity.md"
    (text,) = re.findall(r"^```toml\n(.*?)^```$", guide.read_text(), re.DOTALL | re.MULTILINE)
    with pytest.raises(InvalidRequest) as bad:
        read_settings(write(tmp_path, text))
    assert {fault.expected for fault in bad.value.faults} == {"a file"}


@pytest.mark.parametrize(("days", "is_good"), [(0, True), (1, True), (36_525, True), (-1, False), (36_526, False)])
def test_messages_are_kept_for_a_number_of_days(tmp_path: Path, days: int, *, is_good: bool) -> None:
    path = write(tmp_path, f'folder = "node"\nmessages_days = {days}')
    if is_good:
        assert read_settings(path).messages_days == days
        return
    with pytest.raises(InvalidRequest, match="messages_days"):
        read_settings(path)


def watched(tmp_path: Path, *names: str, signed: bool = True) -> Path:
    """Write settings with a folder of each name, of a participant of the same name in capitals."""
    more = "" if signed else "signed = false\n"
    text = "".join(f'[[folders]]\nparticipant = "{name.upper()}"\npath = "{name}"\n{more}' for name in names)
    return write(tmp_path, f'folder = "node"\n{text}')


def test_watched_folders_are_named_from_the_settings(tmp_path: Path) -> None:
    (tmp_path / "alfa").mkdir(mode=0o700)
    (found,) = read_settings(watched(tmp_path, "alfa")).folders
    assert (found.participant, found.path, found.signed) == ("ALFA", str(tmp_path / "alfa"), True)


@pytest.mark.parametrize("below", ["", "in", "out", "done", "poison", "state"])
@pytest.mark.parametrize(("mode", "signed"), [(0o720, False), (0o702, False), (0o702, True)])
def test_watched_folder_that_others_may_write_into_is_refused(
    tmp_path: Path, below: str, mode: int, *, signed: bool
) -> None:
    path = tmp_path / "alfa" / below
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)
    with pytest.raises(InvalidRequest, match="its owner alone may write"):
        read_settings(watched(tmp_path, "alfa", signed=signed))


@pytest.mark.parametrize(("below", "taken"), [("in", True), ("out", True), ("", False), ("done", False)])
def test_group_may_put_in_and_fetch_where_messages_are_signed(tmp_path: Path, below: str, *, taken: bool) -> None:
    (tmp_path / "alfa").mkdir(mode=0o700)
    (tmp_path / "alfa" / below).mkdir(exist_ok=True)
    (tmp_path / "alfa" / below).chmod(0o770)
    if taken:
        assert read_settings(watched(tmp_path, "alfa")).folders
    else:
        with pytest.raises(InvalidRequest, match="or its group if messages have to be signed"):
            read_settings(watched(tmp_path, "alfa"))


def test_watched_folders_are_folders_of_one_participant_each(tmp_path: Path) -> None:
    (tmp_path / "alfa").mkdir(mode=0o700)
    (tmp_path / "beta").symlink_to(tmp_path / "alfa")
    (tmp_path / "file").touch()
    with pytest.raises(InvalidRequest) as bad:
        read_settings(watched(tmp_path, "alfa", "beta", "file", "alfa"))
    assert sorted((fault.column, fault.expected) for fault in bad.value.faults) == [
        ("folders[1].path", "a folder of one participant alone"),
        ("folders[1].path", "a folder, and no link to one"),
        ("folders[2].path", "a folder"),
        ("folders[3].participant", "one that has no folder yet"),
        ("folders[3].path", "a folder of one participant alone"),
    ]
