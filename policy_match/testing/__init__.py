"""Contract tests and factories, for our own engines and for outside ones (测试工具)."""
