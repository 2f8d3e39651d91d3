"""What customers were told: every answer to every key, and where two of them contradict each other."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults.silence import Silence

Status = int | Silence
IN_DOUBT: frozenset[Status] = frozenset({202, 503, *Silence})  # each of them means: send it again
BEHIND_A_GATE = IN_DOUBT | {502, 504}  # of whom it asks, one was not there, or did not answer
GRANTED = frozenset({200, 201})
FINAL = GRANTED | {402, 404, 409}


@dataclass(frozen=True)
class Call:
    """One wish of a customer under one key: every repetition sends exactly this."""

    service: str
    path: str
    key: str
    body: Mapping[str, Any]

    @property
    def is_payment(self) -> bool:
        return self.path == "/payments"


@dataclass
class Told:
    """The answers to one call."""

    call: Call
    final: set[str] = field(default_factory=set)
    payment_id: str | None = None
    granted: dict[str, Mapping[str, Any]] = field(default_factory=dict)  # what was said to be done, by the payment's id


class Answers:
    """Collects answers from many threads. What is neither final nor `in_doubt` should not have come."""

    def __init__(self, *, in_doubt: frozenset[Status] = IN_DOUBT) -> None:
        self._in_doubt = in_doubt
        self._lock = threading.Lock()
        self._told: dict[str, Told] = {}
        self._unexpected: list[str] = []
        self.counts: defaultdict[Status, int] = defaultdict(int)

    def begin(self, call: Call) -> None:
        with self._lock:
            self._told.setdefault(call.key, Told(call))

    def add(self, call: Call, status: Status, body: Mapping[str, Any]) -> bool:
        """Record an answer; whether it is final."""
        with self._lock:
            told = self._told[call.key]
            self.counts[status] += 1
            told.payment_id = body.get("payment_id") or told.payment_id
            if status in FINAL:
                told.final.add(_essence(status, body))
                if status in GRANTED:
                    told.granted[body.get("payment_id") or ""] = body
            elif status not in self._in_doubt:
                self._unexpected.append(f"{call.path} {call.key}: {status} {dict(body)}")
            return status in FINAL

    def saw(self, call: Call, state: Mapping[str, Any]) -> None:
        """Record what GET /payments/{id} said: a completed or failed payment must stay so."""
        with self._lock:
            if state.get("status") == "completed":
                self._told[call.key].final.add(_essence(201, state))
                self._told[call.key].granted[state.get("payment_id") or ""] = state
            elif state.get("status") == "failed":
                self._told[call.key].final.add(str(state["code"]))

    def calls(self) -> list[Call]:
        with self._lock:
            return [each.call for each in self._told.values()]

    def told(self) -> list[Told]:
        with self._lock:
            return list(self._told.values())

    def payments(self) -> list[Told]:
        return [each for each in self.told() if each.call.is_payment]

    def unexpected(self) -> list[str]:
        """What is no answer of a shop's."""
        with self._lock:
            return list(self._unexpected)

    def contradictions(self, outcomes: Mapping[str, str]) -> Iterator[str]:
        """Where answers contradict each other, or the books' `outcomes` by payment id."""
        yield from self._unexpected
        for told in self._told.values():
            if len(told.final) != 1:
                yield f"{told.call.path} {told.call.key}: told {sorted(told.final) or 'nothing final'}"
            elif told.call.is_payment:
                said = next(iter(told.final))
                booked = outcomes.get(told.payment_id or "", "nothing")
                if said.partition(" ")[0] != booked:
                    yield f"payment {told.payment_id}: told {said}, booked {booked}"


def _essence(status: int, body: Mapping[str, Any]) -> str:
    """What an answer says, without what may differ between two equal ones (its request id)."""
    if status in GRANTED:
        fields = ("amount", "price", "quantity", "product_name", "datetime")
        return "completed " + " ".join(f"{name}={body[name]}" for name in fields if name in body)
    return str(body.get("code"))
