"""What turns one declaration of a record type into views, API, workbooks, charts (低代码)."""
