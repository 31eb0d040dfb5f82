"""Sample cases of the fictional town, made by the services that real cases are made by."""
