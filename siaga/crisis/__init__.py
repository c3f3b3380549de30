"""The crisis score on files: recorded counts and posts lived through again, and the benchmark against what happened."""
