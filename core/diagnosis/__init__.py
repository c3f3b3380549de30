"""What a crisis is about, where it came from, what kind it is, and what that asks for."""
