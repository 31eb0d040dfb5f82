"""The constraint workspace: every dataset on one map, what is where, and plans printed to scale."""
