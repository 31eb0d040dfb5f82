"""Requests to applicants: what is missing or to be changed, answered through a secret link."""
