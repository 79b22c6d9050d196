"""The frame of the API: addresses, errors, limits, description. What it does stands in each app's `api.py`."""
