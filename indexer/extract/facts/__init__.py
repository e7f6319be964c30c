"""One module for each family of facts (各类事实的提取器)."""
