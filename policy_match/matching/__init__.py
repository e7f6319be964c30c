"""Deciding: one enterprise and one measure, or all at once, always with reasons (匹配判定)."""
