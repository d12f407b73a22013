"""A stand-in for Exchange Client Access servers, and raw clients to meet it.

Nothing here knows casgate: everything can be tried against each other, with
no proxy between, and that is how it was proved (tests/standin/test_standin.py).
"""
