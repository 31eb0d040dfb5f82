"""Migrations of the database, in order; the same ones for both stores."""
