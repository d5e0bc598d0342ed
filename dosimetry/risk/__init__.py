"""Plain numbers in, risk estimates out; knows neither DICOM nor DVH."""
