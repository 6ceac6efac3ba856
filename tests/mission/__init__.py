"""Tests of mission."""
