"""Doses made from doses: sums, differences, other fractionations. Nothing here happens unless it was asked for."""
