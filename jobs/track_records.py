"""What jobs add to the track records of partners and stores, in the transaction of the act."""

from jobs.models import Candidate, CompletionRequest, Job


def count_completion(job: Job, completion: CompletionRequest) -> None:
    """Count a job that was completed just now, unless `job.is_counted` says no. Partner and store are locked."""


def count_answer(candidate: Candidate) -> None:
    """Count the first answer to an invitation, just now. The partner is locked."""
