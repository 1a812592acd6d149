"""Sentiment and politeness of a text, scored on a CPU in milliseconds."""
