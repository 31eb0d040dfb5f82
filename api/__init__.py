"""The service: people act here, and things are kept. Web pages, HTTP API, command line."""
