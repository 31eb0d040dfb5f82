"""Pages of an applicant who holds a secret link: what the council asks, and the answer."""
