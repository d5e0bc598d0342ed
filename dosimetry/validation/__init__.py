"""The analytic benchmark: bodies of known dose through files and engine, scored against closed forms."""
