"""A robot, a street, a night, made of numbers."""
