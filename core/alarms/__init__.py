"""What is told whatever the score says: single posts that cannot wait, and slow changes that no score shows."""
