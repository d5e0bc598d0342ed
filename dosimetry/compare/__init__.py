"""Techniques of one patient side by side, each on its own CT."""
