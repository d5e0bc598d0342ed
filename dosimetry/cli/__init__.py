"""The command line: one module per subcommand, one console script."""
