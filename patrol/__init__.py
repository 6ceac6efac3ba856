"""Patrol: plans and drives patrol robots."""
