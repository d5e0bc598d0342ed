"""Doses, structures, plans and cases as frozen objects in gray and millimetre; nothing here knows DICOM files."""
