import pytest

from tests.jobs.people import Town, make_town


@pytest.fixture
def town(db) -> Town:
    return make_town()
