"""Results as documents: rows, JSON, figures and HTML. Nothing here reads DICOM."""
