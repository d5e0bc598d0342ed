"""Dose-volume histograms: conventions, slabs, the engine and the metric grammar."""
