"""The gateway's own key in a PKCS#11 token: SoftHSM, if it is installed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from comity.errors import EnvironmentFailed
from comity.gateway.settings import Token
from comity.gateway.token import TokenKey

PLACES = (
    os.environ.get("SOFTHSM2_MODULE", ""),
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
MODULE = next((each for each in PLACES if each and Path(each).is_file()), "")
TOOL = shutil.which("softhsm2-util")
PIN, LABEL = "83920174", "comity"


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    """A token that holds one key, which it has made itself."""
    pkcs11 = pytest.importorskip("pkcs11.util.ec", reason="python-pkcs11 is not installed") and sys.modules["pkcs11"]
    if not MODULE or not TOOL:
        pytest.skip("SoftHSM is not installed (package softhsm2)")
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
    (folder / "pin").write_text(f"{PIN}\n")
    patch = pytest.MonkeyPatch()
    patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
    init = [TOOL, "--module", MODULE, "--init-token", "--free", "--label", "comity", "--pin", PIN, "--so-pin", PIN]
    subprocess.run(init, check=True, capture_output=True)
    with pkcs11.lib(MODULE).get_token(token_label=LABEL).open(user_pin=PIN, rw=True) as session:
        curve = {pkcs11.Attribute.EC_PARAMS: pkcs11.util.ec.encode_named_curve_parameters("1.3.101.112")}
        parameters = session.create_domain_parameters(pkcs11.KeyType.EC_EDWARDS, curve, local=True)
        parameters.generate_keypair(mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN, store=True, label="gateway")
    yield Token(MODULE, "comity", "gateway", str(folder / "pin"))
    patch.undo()


def test_token_signs_and_its_public_key_verifies(token: Token) -> None:
    key = TokenKey.open(token)
    signature = key.sign(b"a head of the log")
    public = Ed25519PublicKey.from_public_bytes(key.public)
    public.verify(signature, b"a head of the log")
    with pytest.raises(InvalidSignature):
        public.verify(signature, b"another head")
    assert key.sign(b"a head of the log") == signature  # secrets of webhooks are made on that
    key.close()


@pytest.mark.parametrize("wrong", [{"label": "another"}, {"key": "another"}, {"module": "/nowhere.so"}])
def test_token_or_key_that_is_not_there_is_refused(token: Token, wrong: dict[str, str]) -> None:
    with pytest.raises(EnvironmentFailed):
        TokenKey.open(replace(token, **wrong))
    TokenKey.open(token).close()  # nobody is logged in any more


def test_wrong_pin_is_refused_and_not_shown(token: Token, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("00000000")
    with pytest.raises(EnvironmentFailed) as failed:
        TokenKey.open(replace(token, pin_file=str(tmp_path / "pin")))
    assert "00000000" not in str(failed.value)
