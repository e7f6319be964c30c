"""
The nouns of the field, and nothing else (领域模型).

Code here does no I/O but one loader of packaged code tables, reads no clock (the day comes in as
`as_of`), and imports only the standard library, pydantic and python-stdnum.
"""
