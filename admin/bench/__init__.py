"""
The admin's pages and imports on a large register, beside bare libraries (管理端基准测试).

SQLite always; PostgreSQL too where `DATABASE_URL` names a server on which databases may be made.
"""

from admin.bench.pages import admin
from admin.bench.workbooks import import_

__all__ = ["admin", "import_"]
