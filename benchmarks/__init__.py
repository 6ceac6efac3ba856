"""Benchmarks, one module a subject; each takes data of your own."""
