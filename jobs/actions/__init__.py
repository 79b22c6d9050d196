"""What people do with jobs, and what time does."""
