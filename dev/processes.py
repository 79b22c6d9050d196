"""The three processes of an installation: what `make run` starts, and what docker-compose.yml must say too."""


def commands(address: str, beat_schedule: str) -> dict[str, list[str]]:
    """`address` is what the web process listens on, `beat_schedule` the file in which beat remembers its last runs."""
    return {
        "web": ["gunicorn", "config.wsgi", "-b", address, "--threads", "4", "--no-control-socket"],
        "worker": ["celery", "-q", "-A", "config", "worker", "-c", "2", "-l", "warning"],
        "beat": ["celery", "-q", "-A", "config", "beat", "-s", beat_schedule, "-l", "warning"],
    }
