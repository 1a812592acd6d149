"""The one error meant for the user. Raised low, caught once: in app.py and in __main__.py."""


class ProofreadError(Exception):
    """Something a user can cause or mend; its text says what happened and what to do."""
