"""OpenID Connect: people sign in at a provider that the settings name.

The code flow with PKCE. The provider is asked directly for the token, over TLS, and the token is verified
all the same: its signature by the provider's keys, who issued it, for whom, when, and in answer to which
request of ours. It says a subject, and nothing else is taken from it: who that is and what they may do stands
in our own log.
"""

from __future__ import annotations

import hmac
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from authlib.deprecate import AuthlibDeprecationWarning
from authlib.integrations.base_client import OAuthError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from comity.errors import EnvironmentFailed
from comity.gateway.chance import draw_text
from comity.gateway.flows import Flows
from comity.gateway.passkeys import NotProven
from comity.gateway.settings import is_loopback, read_secret

with warnings.catch_warnings():  # it names the successor of httpx, which it does not need
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import AsyncOAuth2Client

if TYPE_CHECKING:
    from comity.gateway.settings import Oidc

RETURN = "/v1/sign-in/oidc/return"
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]
"""Of tokens; no other is taken, whatever the token says."""
PATIENCE_S = 10
APART_S = 60
"""Clocks may be so far apart."""
_KEYS_US = 3_600_000_000
_SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class _Begun:
    nonce: str
    verifier: str
    cookie: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What the provider says of itself."""

    authorize: str
    token: str
    keys: KeySet
    read: int


class Provider:
    """A provider of identities; used from the thread that serves.

    Parameters
    ----------
    terms
        Which, and what we are there.
    origin
        Ours.
    """

    def __init__(self, terms: Oidc, origin: str) -> None:
        self._terms = terms
        self._return = origin + RETURN
        self._flows: Flows[_Begun] = Flows()
        self._known: _Known | None = None

    async def begin(self, now: int) -> tuple[str, str]:
        """Return where to send a browser, and the secret that it has to come back with.

        Raises
        ------
        EnvironmentFailed
            The provider cannot be reached, or is not what it should be.
        """
        known = await self._ask(now)
        begun = _Begun(draw_text(), draw_text(), draw_text())
        async with self._client() as client:
            there, _ = client.create_authorization_url(
                known.authorize,
                state=self._flows.begin(begun, now),
                nonce=begun.nonce,
                code_verifier=begun.verifier,
                **({"acr_values": self._terms.acr} if self._terms.acr else {}),
            )
        return str(there), begun.cookie

    async def end(self, state: str, code: str, cookie: str, now: int) -> str:
        """Return the subject of whoever came back.

        Raises
        ------
        NotProven
            They did not begin here, took too long, or the token is not one for this.
        EnvironmentFailed
            The provider cannot be reached.
        """
        begun = self._flows.take(state, now)
        if begun is None or not hmac.compare_digest(begun.cookie.encode(), cookie.encode()) or not code:
            raise NotProven("this was not begun in this browser, or it took too long")
        known = await self._ask(now)
        try:
            async with self._client() as client:
                answer = await client.fetch_token(known.token, code=code, code_verifier=begun.verifier)
        except OAuthError as error:
            raise NotProven(f"the provider refused: {error.error}") from error
        except httpx.HTTPError as error:
            raise EnvironmentFailed(f"{self._terms.issuer} cannot be reached: {error}") from error
        return self._subject(str(answer.get("id_token", "")), known, begun.nonce, now)

    def _subject(self, token: str, known: _Known, nonce: str, now: int) -> str:
        try:
            claims = jwt.decode(token, known.keys, algorithms=ALGORITHMS).claims
            jwt.JWTClaimsRegistry(
                now=now // _SECOND_US,
                leeway=APART_S,
                iss={"essential": True, "value": self._terms.issuer},
                aud={"essential": True, "value": self._terms.client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(claims)
        except (JoseError, ValueError) as bad:
            self._known = None  # its keys may be others by now
            raise NotProven(f"the provider's token is not one for this: {type(bad).__name__}") from bad
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self._terms.client_id:
            raise NotProven("the provider's token was issued to another")
        if self._terms.acr and claims.get("acr") != self._terms.acr:
            raise NotProven("the provider does not say that they proved themselves well enough")
        return str(claims["sub"])

    def _client(self) -> Any:  # noqa: ANN401 - the package has no types
        return AsyncOAuth2Client(
            self._terms.client_id,
            read_secret(self._terms.client_secret_file),
            redirect_uri=self._return,
            scope="openid",
            code_challenge_method="S256",
            timeout=PATIENCE_S,
        )

    async def _ask(self, now: int) -> _Known:
        """Ask the provider what it is, once an hour."""
        if self._known is not None and now < self._known.read + _KEYS_US:
            return self._known
        issuer = self._terms.issuer
        try:
            async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
                told = (await client.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")).raise_for_status()
                itself = told.json()
                keys = (await client.get(self._safe(itself["jwks_uri"]))).raise_for_status().json()
            if itself["issuer"] != issuer:
                raise EnvironmentFailed(f"{issuer} says it is {itself['issuer']!r}")
            self._known = _Known(
                self._safe(itself["authorization_endpoint"]),
                self._safe(itself["token_endpoint"]),
                KeySet.import_key_set(keys),
                now,
            )
        except (httpx.HTTPError, ValueError, KeyError, TypeError, JoseError) as error:
            raise EnvironmentFailed(f"{issuer} cannot be asked what it is: {error}") from error
        return self._known

    def _safe(self, url: str) -> str:
        """Return an address of the provider's if it is over TLS, or as near as the provider itself."""
        parts = urlsplit(url)
        if parts.scheme == "https" or is_loopback(parts.hostname or ""):
            return url
        raise ValueError(f"{url} is not over TLS")
