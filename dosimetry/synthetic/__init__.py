"""Synthetic cases: a parametric thorax, a small photon dose model, and the sample pair made of both."""
