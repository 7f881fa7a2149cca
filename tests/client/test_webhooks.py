"""Messages of webhooks: what the gateway signs holds, and any change to it is noticed."""

import base64

import pytest

from comity.client.webhooks import MessageForged, check_message
from comity.gateway.actor import Actor
from comity.gateway.delivery import sign
from comity.gateway.signing import FileKey
from comity.gateway.webhooks import Webhook

KEY = FileKey.new()
NOW = 1_639_530_000
BODY = b'{"events":[]}'


def webhook(signature: str, generation: int = 0, old_until: int = 0) -> Webhook:
    actor = Actor("key:a", "", "ALFACNBJ", frozenset())
    return Webhook("3", actor, "https://example.org/", signature, generation, old_until)


def message(hook: Webhook) -> dict[str, str]:
    signature = sign(hook, "3_4.0_4.0", NOW, BODY, KEY, NOW * 1_000_000)
    return {"webhook-id": "3_4.0_4.0", "webhook-timestamp": str(NOW), "webhook-signature": signature}


def text_of(hook: Webhook) -> str:
    if hook.signature == "ed25519":
        return "whpk_" + base64.b64encode(KEY.public).decode()
    return "whsec_" + base64.b64encode(hook.secret(KEY)).decode()


@pytest.mark.parametrize("signature", ["hmac", "ed25519"])
def test_message_holds_and_none_that_was_changed(signature: str) -> None:
    hook = webhook(signature)
    headers, key = message(hook), text_of(hook)
    check_message(key, headers, BODY, NOW + 300)
    for wrong, body, now in (
        (headers | {"webhook-id": "3_4.0_4.1"}, BODY, NOW),
        (headers | {"webhook-timestamp": str(NOW + 1)}, BODY, NOW),
        (headers | {"webhook-timestamp": "now"}, BODY, NOW),
        (headers | {"webhook-signature": ""}, BODY, NOW),
        (headers | {"webhook-signature": "v1,x v1a,x"}, BODY, NOW),
        ({}, BODY, NOW),
        (headers, BODY + b" ", NOW),
        (headers, BODY, NOW + 301),
        (headers, BODY, NOW - 301),
    ):
        with pytest.raises(MessageForged):
            check_message(key, wrong, body, now)


def test_secret_does_not_verify_what_the_key_signed_nor_the_other_way_round() -> None:
    one, other = webhook("hmac"), webhook("ed25519")
    for headers, key in ((message(one), text_of(other)), (message(other), text_of(one))):
        with pytest.raises(MessageForged):
            check_message(key, headers, BODY, NOW)


def test_either_secret_verifies_during_an_overlap_and_the_old_one_not_after() -> None:
    old = text_of(webhook("hmac"))
    during = webhook("hmac", 1, NOW * 1_000_000 + 1)
    check_message(old, message(during), BODY, NOW)
    check_message(text_of(during), message(during), BODY, NOW)
    with pytest.raises(MessageForged):
        check_message(old, message(webhook("hmac", 1, NOW * 1_000_000)), BODY, NOW)
