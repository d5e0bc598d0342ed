"""Many patients: techniques compared over a cohort, paired by pseudonym."""
