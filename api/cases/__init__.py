"""Cases: our file on an application, from receipt to the end, with its site, people and constraints."""
