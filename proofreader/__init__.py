"""The proofreader without its page: text in, checked text out. Importing it loads nothing heavy."""

from proofreader.errors import ProofreadError

__all__ = ["ProofreadError"]
