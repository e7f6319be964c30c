"""Sources and writers of the bundled sample (样例)."""
