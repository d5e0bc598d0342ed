"""DICOM-RT files to plain objects and back; the only part of the package that knows pydicom."""
