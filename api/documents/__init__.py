"""Documents of cases: inspected, scanned, kept under random keys, and given out through checks only."""
