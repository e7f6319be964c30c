"""The library's commands, one a module; each calls one library function (命令)."""
