"""What a run did and found."""

from dataclasses import dataclass, field

from tests.faults.answers import Status
from tests.faults.audit import Invariant
from tests.faults.latencies import Latencies


@dataclass
class Report:
    """`everything` is the audit of all that is stored, `own` what holds for this run's customers alone."""

    seed: int
    prefix: str = ""
    faults: list[str] = field(default_factory=list)
    hits: int = 0
    answers: dict[Status, int] = field(default_factory=dict)
    payments: int = 0
    completed: int = 0
    seconds_to_heal: float = 0.0
    seconds_to_quiet: float = 0.0
    calm: Latencies = field(default_factory=Latencies)
    under_faults: Latencies = field(default_factory=Latencies)
    everything: list[Invariant] = field(default_factory=list)
    own: list[Invariant] = field(default_factory=list)

    @property
    def violations(self) -> list[str]:
        return [complaint for each in (*self.everything, *self.own) for complaint in each.complaints]
