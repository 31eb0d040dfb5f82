"""The administrator's pages: users, the council's settings and libraries, API clients, data and outbox."""
