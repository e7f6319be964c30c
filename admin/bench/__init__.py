"""
The admin's pages on a large register, beside a bare view of the framework (管理端基准测试).

SQLite always; PostgreSQL too where `DATABASE_URL` names a server on which databases may be made.
"""

from admin.bench.pages import admin

__all__ = ["admin"]
