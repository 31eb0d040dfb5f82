"""CQL2 (OGC 21-065r2), as much of it as filters of features and of tiles may use: readers and an evaluator."""
