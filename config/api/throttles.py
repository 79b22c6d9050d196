"""How much somebody may ask in a while. The counters live in the cache; without it each process counts for itself
(`config/cache.py`)."""

from rest_framework.throttling import SimpleRateThrottle


class PersonThrottle(SimpleRateThrottle):
    """Counted by person, whichever tokens they use, or by address of who is signed out."""

    methods: frozenset[str] | None = None  # None: all of them

    def allow_request(self, request, view) -> bool:
        if self.methods is not None and request.method not in self.methods:
            return True
        return super().allow_request(request, view)

    def get_cache_key(self, request, view) -> str:
        if request.user.is_authenticated:
            return f"api:{self.scope}:person:{request.user.pk}"
        return f"api:{self.scope}:from:{self.get_ident(request)}"


class Requests(PersonThrottle):
    scope = "requests"


class Changes(PersonThrottle):
    scope = "changes"
    methods = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class OfTheAddress(PersonThrottle):
    """What an address allows on top, if it names a `throttle_scope`: guessing codes must stay slow."""

    methods = Changes.methods

    def __init__(self):
        """Nothing is known before the address is."""

    def allow_request(self, request, view) -> bool:
        if (scope := getattr(view, "throttle_scope", None)) is None:
            return True
        self.scope, self.rate = scope, self.THROTTLE_RATES[scope]
        self.num_requests, self.duration = self.parse_rate(self.rate)
        return super().allow_request(request, view)
