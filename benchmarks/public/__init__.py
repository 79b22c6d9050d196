"""python -m benchmarks.public: what public pages cost with a million reviews, beside a bare Django view."""
