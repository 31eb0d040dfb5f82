"""Statistics of a council's cases: what came and was decided, how long it took, where, and its quarterly returns."""
