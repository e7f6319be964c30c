"""Measured on the real data beside the repository; skipped where it is absent."""
