"""
Judges everything that passed through the sandbox: calls with their answers, and events.

Traffic repeats itself; what differs only in ids, digits and amounts is judged once.
"""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.contract import annotations
from tests.contract.openapi import Document

Json = Any
# Calls of Stripe's own tools that its document does not have, and others that a document which
# was cut down may lack: without it, stripe-python's classes judge alone.
UNDOCUMENTED = re.compile(
    r"/v1/(payment_pages/.*|events/[^/]+/retry|stripecli/.*|radar/early_fraud_warnings.*"
    r"|accounts.*|customers/[^/]+/(sources|payment_methods|tax_ids)|setup_intents.*"
    r"|payment_methods/[^/]+/(attach|detach)|billing_portal/.*|invoices.*|tax/.*)"
)
UNDOCUMENTED_EVENTS = ("invoice.", "radar.early_fraud_warning.", "tax.")


@dataclass
class Verdict:
    calls: int = 0
    events: int = 0
    # How many of them were unlike all before, and how long the judging took.
    judged: int = 0
    seconds: float = 0.0
    # Each fault once, with an example of where.
    faults: dict[str, str] = field(default_factory=dict)


def judge(lines: Iterator[str], document: Document | None) -> Verdict:
    """Judge recorded traffic: by stripe-python always, by Stripe's document where it is given."""
    verdict, seen, began = Verdict(), set[str](), time.monotonic()
    for line in lines:
        record = json.loads(line)
        is_event = "call" not in record
        verdict.calls += not is_event
        verdict.events += is_event
        likeness = outline(record)
        if likeness in seen:
            continue
        seen.add(likeness)
        if is_event:
            faults, where = event_faults(record["event"], document), record["event"]["type"]
        else:
            call = record["call"]
            faults, where = call_faults(call, document), f"{call['method']} {call['path']}"
        for fault in faults:
            verdict.faults.setdefault(fault, where)
    verdict.judged, verdict.seconds = len(seen), time.monotonic() - began
    return verdict


def read(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.jsonl")):
        with path.open() as lines:
            yield from lines


def event_faults(event: Json, document: Document | None) -> list[str]:
    faults = annotations.event_faults(event)
    if document is not None:
        known = event["data"]["object"].get("object") in document.kinds
        if known or not event["type"].startswith(UNDOCUMENTED_EVENTS):
            faults += document.event_faults(event)
    return faults


def call_faults(call: Json, document: Document | None) -> list[str]:
    """
    Judge a call and its answer.

    A request that was refused as malformed need not be right: whoever sent it was told. One that
    was carried out must be.
    """
    status, answer = call["status"], call["response"]
    faults = []
    if status == 200 and not call["path"].startswith(("/v1/payment_pages/", "/v1/stripecli/")):
        for body in answer["data"] if answer["object"] == "list" else [answer]:
            faults += annotations.object_faults(body)
    method, path = call["method"], call["path"]
    if document is None:
        return faults
    if document.operation(method, path)[1] is None and UNDOCUMENTED.fullmatch(path):
        return faults
    if status == 404 and answer["error"]["message"].startswith("Unrecognized request URL"):
        return faults
    if status in {200, 402}:
        sent = document.request_faults(method, path, query=call["query"], body=call["body"])
        faults += [f"request: {fault}" for fault in sent]
    return faults + document.answer_faults(method, path, status, answer)


def outline(record: Json) -> str:
    """Reduce a record to what a judge looks at: names, kinds and words, not ids and amounts."""
    return json.dumps(_outline(record), sort_keys=True)


def _outline(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _outline(item) for key, item in value.items() if key != "headers"}
    if isinstance(value, list):
        return [_outline(item) for item in value]
    if isinstance(value, str):
        return re.sub(r"[A-Za-z]*\d[A-Za-z0-9]*", "#", value)
    if type(value) in {int, float}:
        return type(value).__name__ + ("-" if value < 0 else "")
    return value
