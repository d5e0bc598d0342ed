"""Many plans, unattended: found, computed by any number of processes, each kept once."""
