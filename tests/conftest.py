"""Settings of all tests."""

from hypothesis import settings

# Machines are shared and slow at times: what a test does is tested, not how fast.
settings.register_profile("patrol", deadline=None)
settings.load_profile("patrol")
