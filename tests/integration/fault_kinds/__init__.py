"""Kinds of faults: table.py lists them, the others know how each is done."""
