"""The public register: what anybody may see of the council's cases, comment on, and follow."""
