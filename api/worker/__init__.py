"""The worker: sends what is in the outbox and does what is due, in a process of its own or inside the demo."""
