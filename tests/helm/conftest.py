"""The charts, by each Helm that they are promised to work with."""

import pytest

from tests.helm.binaries import NEWEST, VERSIONS, binary
from tests.helm.charts import Charts


@pytest.fixture(scope="session", params=VERSIONS)
def charts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Charts:
    """For tests that change nothing in them."""
    return Charts.copy(binary(request.param), tmp_path_factory.mktemp("charts"))


@pytest.fixture
def own_charts(tmp_path_factory: pytest.TempPathFactory) -> Charts:
    """A copy that the test may spoil."""
    return Charts.copy(binary(NEWEST), tmp_path_factory.mktemp("own_charts"))
