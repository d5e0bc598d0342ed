"""Constraint sheets and what a plan makes of them."""
