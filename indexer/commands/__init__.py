"""Commands over a whole index (对整个索引的命令): compare, lost-bases, verify, versions."""
