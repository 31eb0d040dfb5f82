"""What is true of land and of planning in England. A library: no web, no database, no network, no clock.

Nothing is imported here: `python3 -m bopsgis` passes through this file on machines that have Python and no more.
"""
