"""The serial bridge: bytes to and from a robot."""
