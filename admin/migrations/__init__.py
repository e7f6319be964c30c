"""Migrations of the admin's database (数据库迁移), by Alembic."""
