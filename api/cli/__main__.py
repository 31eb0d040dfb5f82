"""`python -m api.cli`: what the bootstrap becomes once everything is installed."""

from __future__ import annotations

from api.cli.app import main

if __name__ == "__main__":
    main()
