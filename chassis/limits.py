"""How long a service waits for its clients, and how many it bears."""

from pydantic import Field

from chassis.settings import EnvironmentSettings


class Limits(EnvironmentSettings):
    max_connections: int = Field(
        1000, ge=2, description="on each port; each is a file, and when all are taken the one idle longest is closed"
    )
    idle_seconds: int = Field(
        75, ge=1, description="until an idle connection is closed; longer than those who ask keep theirs (nginx: 60)"
    )
    request_seconds: float = Field(
        10, gt=0, description="for a request from its head to its answer; 16 KiB come sooner, and no deadline is over 8"
    )
