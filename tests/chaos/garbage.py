"""What strangers post to a webhook: nothing of it is signed by Stripe."""

import json
import time

from stripe_sandbox import signing

SECRETS = ["whsec_wrong", "", "whsec_test", "sk_test_000"]
HEADERS = [
    "",
    "t=,v1=",
    "t=1,v1=abc",
    "v1=abc",
    "t=nan,v1=nan",
    "t=99999999999999999999,v1=00",
    "t=-1,v1=00",
    "t=1,v0=abc",
    "t=1;v1=abc",
    "v1=\xff\xfe",
    ",,,,",
    "=",
    "t=1," + ",".join(["v1=00"] * 500),
]


def requests(chance, events, count):
    """Make so many requests (method, body, headers) out of real events and of nothing."""
    bodies = [signing.payload(event) for event in events]
    makers = [_noise, _json, _cut, _flipped, _wrong_secret, _stale, _early, _replaced, _odd]
    for number in range(count):
        if number % 997 == 0:
            yield "POST", b"x" * (600 * 1024), {"Stripe-Signature": "t=1,v1=00"}
        elif number % 101 == 0:
            yield chance.choice(["GET", "PUT", "DELETE", "PATCH", "HEAD"]), b"", {}
        else:
            body, headers = chance.choice(makers)(chance, chance.choice(bodies))
            yield "POST", body, {"Content-Type": "application/json"} | headers


def _header(chance):
    return {"Stripe-Signature": chance.choice(HEADERS)}


def _noise(chance, body):
    return chance.randbytes(chance.randint(0, 2000)), _header(chance)


def _json(chance, body):
    thing = chance.choice([[], {}, None, "x", 0, [[[]]] * 9, {"id": "\0", "type": [], "a": {}}])
    return json.dumps(thing).encode(), _header(chance)


def _cut(chance, body):
    """Really signed as a whole, and then cut short."""
    return body[: chance.randint(0, len(body) - 1)], signing.headers(body, "whsec_tests")


def _flipped(chance, body):
    """Really signed, and then one byte is another."""
    place = chance.randrange(len(body))
    other = bytes([body[place] ^ (1 << chance.randrange(8))])
    return body[:place] + other + body[place + 1 :], signing.headers(body, "whsec_tests")


def _wrong_secret(chance, body):
    return body, signing.headers(body, chance.choice(SECRETS))


def _stale(chance, body):
    at = int(time.time()) - chance.randint(302, 10**9)
    return body, signing.headers(body, "whsec_tests", at=at)


def _early(chance, body):
    at = int(time.time()) + chance.randint(360, 10**9)
    return body, signing.headers(body, "whsec_tests", at=at)


def _replaced(chance, body):
    """Really signed, for another moment."""
    headers = signing.headers(body, "whsec_tests")
    at, _, signature = headers["Stripe-Signature"].partition(",")
    moment = int(at.removeprefix("t=")) + chance.choice([-7, 7])
    return body, headers | {"Stripe-Signature": f"t={moment},{signature}"}


def _odd(chance, body):
    return body, _header(chance) | {
        "X-Forwarded-For": chance.choice(["unknown", "\x01", "1" * 3000, "::1, ,"]),
        "X-Djstripe-Webhook-Secret": "whsec_tests",
        "Content-Type": chance.choice(["", "text/plain", "multipart/form-data; boundary=x", "a/b"]),
    }
