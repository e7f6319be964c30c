"""Learns from judged examples what the library then uses as plain numbers (学习)."""
