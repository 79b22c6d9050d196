"""How long deep and crowded pages take, as ratios within one run: a machine's speed cancels out.

Prints, for each, the median time of the page that should be dearer by that of the page that should be cheaper.
"""

import logging
import os
import statistics
import time

import django
from django.conf import settings
from django.test import Client
from django.test.utils import setup_databases, setup_test_environment, teardown_databases

ROUNDS = 40  # of each page, taken in turns, so that whatever else the machine does hits both


def median_times(pages: dict[str, tuple[Client, str]]) -> dict[str, float]:
    """Median seconds of a GET, by name."""
    taken: dict[str, list[float]] = {name: [] for name in pages}
    for number in range(ROUNDS + 3):
        for name, (client, path) in pages.items():
            began = time.perf_counter()
            response = client.get(path)
            seconds = time.perf_counter() - began
            assert response.status_code == 200, path
            if number >= 3:  # the first ones fill caches
                taken[name].append(seconds)
    return {name: statistics.median(times) for name, times in taken.items()}


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def measure() -> None:
    from accounts.keyset import PAGE_SIZE
    from stores.models import Activity
    from tests.config.test_crowds import CHANGES, COLLABORATORS, REQUESTS, fill, make_partners
    from tests.factories import StoreFactory, UserFactory

    crowded, small, asker = StoreFactory.create(), StoreFactory.create(), UserFactory.create()
    partners = make_partners(REQUESTS)
    fill([(partner, crowded) for partner in partners], by=crowded.owner, asked_by=asker)
    fill([(partner, small) for partner in partners[:6]], by=small.owner, asked_by=asker, changes=PAGE_SIZE + 1)
    deep = Activity.objects.filter(store=crowded).order_by("-pk")[PAGE_SIZE * 99 - 1 : PAGE_SIZE * 99].get()

    def at(store, path: str) -> tuple[Client, str]:
        return signed_in(store.owner), f"/store/{store.handle}/{path}"

    times = median_times(
        {
            "activity, page 1": at(crowded, "activity/"),
            "activity, page 100": at(crowded, f"activity/?after={deep.public_id}"),
            f"activity of {PAGE_SIZE + 1}": at(small, "activity/"),
            "collaborators, 50 and 167 waiting": at(crowded, "settings/users/collaborators/"),
            "all requests, 500": at(crowded, "settings/users/collaborators/requests/"),
        }
    )
    print(f"{COLLABORATORS} collaborators, {REQUESTS} requests, {CHANGES} changes; median of {ROUNDS}, in ms:")
    for name, seconds in times.items():
        print(f"  {name:36}{seconds * 1000:8.1f}")
    first, hundredth, few = list(times.values())[:3]
    print(f"hundredth page by first page:        {hundredth / first:.2f}")
    print(f"first of {CHANGES} by first of {PAGE_SIZE + 1}: {first / few:.2f}")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    logging.disable(logging.CRITICAL)  # a line for each request is not what is measured
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        measure()
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main()
