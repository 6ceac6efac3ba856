"""Following a plan, step by step, safely."""
