"""The studies of training/study.py, one module each, and what they share."""
