"""Numba loops: arrays in, arrays out. Nothing here knows DICOM, units or the rest of the package."""
