"""What `tools/check_clauses.py` is made of: clauses, tags, tests, mutants, trials."""
