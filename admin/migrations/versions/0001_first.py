"""The first tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import admin.db
from admin.lowcode.finding import create_search, drop_function, drop_search

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
SEARCHED = {
    "activity": ("title", "place"),
    "appeal": ("number", "title", "text"),
    "digest": ("number", "subject"),
    "officer_task": ("title",),
    "enterprise": ("name", "credit_code", "short_name"),
    "enterprise_contact": ("name",),
    "qualification": ("code", "certificate"),
    "officer": ("duties",),
    "organisation": ("name", "short_name"),
    "person": ("name", "position"),
    "policy": ("title", "doc_no", "issuers"),
    "measure": ("title", "quote"),
}


def upgrade() -> None:
    """Make the changes."""
    op.create_table(
        "ab_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("label", sa.String(length=150), nullable=True),
        sa.Column("description", sa.String(length=512), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "ab_permission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "ab_register_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(length=64), nullable=False),
        sa.Column("last_name", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=128), nullable=False),
        sa.Column("password", sa.String(length=256), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("registration_date", sa.DateTime(), nullable=True),
        sa.Column("registration_hash", sa.String(length=256), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
        sa.UniqueConstraint("username"),
    )
    op.create_table(
        "ab_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "ab_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(length=64), nullable=False),
        sa.Column("last_name", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=128), nullable=False),
        sa.Column("password", sa.String(length=256), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("last_login", sa.DateTime(), nullable=True),
        sa.Column("login_count", sa.Integer(), nullable=True),
        sa.Column("fail_login_count", sa.Integer(), nullable=True),
        sa.Column("created_on", sa.DateTime(), nullable=True),
        sa.Column("changed_on", sa.DateTime(), nullable=True),
        sa.Column("created_by_fk", sa.Integer(), nullable=True),
        sa.Column("changed_by_fk", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_fk"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["created_by_fk"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
        sa.UniqueConstraint("username"),
    )
    op.create_table(
        "ab_view_menu",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("record_type", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=True),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column(
            "changes",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_at"), ["at"], unique=False)
        batch_op.create_index("ix_audit_entry_record", ["record_type", "record_id"], unique=False)

    op.create_table(
        "holiday",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("day"),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("idempotency_key", schema=None) as batch_op:
        batch_op.create_index("uq_idempotency_key", ["user_id", "key"], unique=True)

    op.create_table(
        "job",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column(
            "payload",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=True),
        sa.Column("lease_until", admin.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column(
            "cursor",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=True,
        ),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.Column(
            "result",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("finished_at", admin.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("requested_by", sa.String(length=60), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_by_kind", ["kind", "id", "state"], unique=False)
        batch_op.create_index("ix_job_due", ["state", "next_attempt_at"], unique=False)
        batch_op.create_index(
            "uq_job_active",
            ["kind", "key"],
            unique=True,
            sqlite_where=sa.text("state IN ('pending', 'running', 'retry')"),
            postgresql_where=sa.text("state IN ('pending', 'running', 'retry')"),
        )

    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("seen_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "organisation",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("short_name", sa.String(length=60), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("region", sa.String(length=12), nullable=True),
        sa.Column("landline", sa.String(length=40), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["organisation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.create_index("ix_organisation_by_kind", ["kind", "id"], unique=False)
        batch_op.create_index(
            "ix_organisation_by_parent_id", ["parent_id", "id", "kind"], unique=False
        )

    op.create_table(
        "schedule",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("weekdays", sa.String(length=20), nullable=False),
        sa.Column("working_days_only", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=True),
        sa.Column("last_run_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind"),
    )
    op.create_table(
        "ab_api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("key_hash", sa.String(length=256), nullable=False),
        sa.Column("lookup_hash", sa.String(length=256), nullable=True),
        sa.Column("key_prefix", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_on", sa.DateTime(), nullable=True),
        sa.Column("expires_on", sa.DateTime(), nullable=True),
        sa.Column("revoked_on", sa.DateTime(), nullable=True),
        sa.Column("last_used_on", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lookup_hash"),
        sa.UniqueConstraint("uuid"),
    )
    with op.batch_alter_table("ab_api_key", schema=None) as batch_op:
        batch_op.create_index("idx_api_key_lookup_hash", ["lookup_hash"], unique=True)
        batch_op.create_index("idx_api_key_prefix", ["key_prefix"], unique=False)
        batch_op.create_index("idx_api_key_user_id", ["user_id"], unique=False)

    op.create_table(
        "ab_group_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["ab_group.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("group_id", "role_id"),
    )
    with op.batch_alter_table("ab_group_role", schema=None) as batch_op:
        batch_op.create_index("idx_group_id", ["group_id"], unique=False)
        batch_op.create_index("idx_group_role_id", ["role_id"], unique=False)

    op.create_table(
        "ab_permission_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("permission_id", sa.Integer(), nullable=False),
        sa.Column("view_menu_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["permission_id"],
            ["ab_permission.id"],
        ),
        sa.ForeignKeyConstraint(
            ["view_menu_id"],
            ["ab_view_menu.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("permission_id", "view_menu_id"),
    )
    with op.batch_alter_table("ab_permission_view", schema=None) as batch_op:
        batch_op.create_index("idx_permission_id", ["permission_id"], unique=False)
        batch_op.create_index("idx_view_menu_id", ["view_menu_id"], unique=False)

    op.create_table(
        "ab_user_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["ab_group.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "group_id"),
    )
    with op.batch_alter_table("ab_user_group", schema=None) as batch_op:
        batch_op.create_index("idx_user_group_id", ["group_id"], unique=False)
        batch_op.create_index("idx_user_id", ["user_id"], unique=False)

    op.create_table(
        "ab_user_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "role_id"),
    )
    op.create_table(
        "enterprise",
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("short_name", sa.String(length=60), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("region", sa.String(length=12), nullable=True),
        sa.Column("industry", sa.String(length=8), nullable=True),
        sa.Column("address", sa.String(length=300), nullable=True),
        sa.Column("business_scope", sa.Text(), nullable=True),
        sa.Column("founded_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("size_class", sa.String(length=10), nullable=True),
        sa.Column("size_why", sa.Text(), nullable=True),
        sa.Column(
            "facts",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "attested",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("facts_hash", sa.String(length=64), nullable=True),
        sa.Column("facts_changed_at", admin.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("credit_code"),
    )
    with op.batch_alter_table("enterprise", schema=None) as batch_op:
        batch_op.create_index(
            "ix_enterprise_by_industry", ["industry", "id", "size_class"], unique=False
        )
        batch_op.create_index("ix_enterprise_by_name", ["name", "id"], unique=False)
        batch_op.create_index(
            "ix_enterprise_by_organisation_id",
            ["organisation_id", "id", "size_class"],
            unique=False,
        )
        batch_op.create_index(
            "ix_enterprise_by_region", ["region", "id", "size_class"], unique=False
        )
        batch_op.create_index("ix_enterprise_by_size_class", ["size_class", "id"], unique=False)
        batch_op.create_index(
            "ix_enterprise_by_status", ["status", "id", "size_class"], unique=False
        )
        batch_op.create_index("ix_enterprise_changed", ["changed_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_enterprise_facts_changed_at"), ["facts_changed_at"], unique=False
        )

    op.create_table(
        "import_file",
        sa.Column("record_type", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column(
            "report",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("import_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_file_user_id"), ["user_id"], unique=False)

    op.create_table(
        "person",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.String(length=60), nullable=True),
        sa.Column("landline", sa.String(length=40), nullable=True),
        sa.Column("mobile", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("is_leader", sa.Boolean(), nullable=False),
        sa.Column("is_liaison", sa.Boolean(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id"),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(
            "ix_person_by_organisation_id", ["organisation_id", "id"], unique=False
        )

    op.create_table(
        "policy",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("doc_no", sa.String(length=100), nullable=True),
        sa.Column("issuers", sa.String(length=500), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=True),
        sa.Column("region", sa.String(length=12), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("publicity", sa.String(length=20), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("published_at", admin.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.String(length=60), nullable=True),
        sa.Column("source_url", sa.String(length=500), nullable=True),
        sa.Column("contact_phone", sa.String(length=60), nullable=True),
        sa.Column("file_name", sa.String(length=300), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("text_hash", sa.String(length=64), nullable=True),
        sa.Column(
            "document",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("indexed_at", admin.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("index_dirty_at", admin.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    with op.batch_alter_table("policy", schema=None) as batch_op:
        batch_op.create_index("ix_policy_by_level", ["level", "id"], unique=False)
        batch_op.create_index(
            "ix_policy_by_organisation_id", ["organisation_id", "id", "level"], unique=False
        )
        batch_op.create_index("ix_policy_by_publicity", ["publicity", "id", "level"], unique=False)
        batch_op.create_index("ix_policy_by_state", ["state", "id", "level"], unique=False)
        batch_op.create_index(batch_op.f("ix_policy_doc_no"), ["doc_no"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_policy_index_dirty_at"), ["index_dirty_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_policy_issued_on"), ["issued_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_policy_sha256"), ["sha256"], unique=False)

    op.create_table(
        "ab_permission_view_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("permission_view_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["permission_view_id"], ["ab_permission_view.id"], ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("permission_view_id", "role_id"),
    )
    with op.batch_alter_table("ab_permission_view_role", schema=None) as batch_op:
        batch_op.create_index("idx_permission_view_id", ["permission_view_id"], unique=False)
        batch_op.create_index("idx_role_id", ["role_id"], unique=False)

    op.create_table(
        "appeal",
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("urgency", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("goal", sa.String(length=300), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprise.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    with op.batch_alter_table("appeal", schema=None) as batch_op:
        batch_op.create_index(
            "ix_appeal_by_organisation_id", ["organisation_id", "id", "topic"], unique=False
        )
        batch_op.create_index("ix_appeal_by_source", ["source", "id", "topic"], unique=False)
        batch_op.create_index("ix_appeal_by_state", ["state", "id", "topic"], unique=False)
        batch_op.create_index("ix_appeal_by_topic", ["topic", "id"], unique=False)
        batch_op.create_index("ix_appeal_by_urgency", ["urgency", "id", "topic"], unique=False)
        batch_op.create_index(batch_op.f("ix_appeal_due_on"), ["due_on"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_appeal_enterprise_id"), ["enterprise_id"], unique=False
        )

    op.create_table(
        "digest",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "questions",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("sender", sa.String(length=200), nullable=False),
        sa.Column("caller", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("enterprise_id", "period", name="uq_digest_period"),
        sa.UniqueConstraint("number"),
    )
    with op.batch_alter_table("digest", schema=None) as batch_op:
        batch_op.create_index("ix_digest_by_state", ["state", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_digest_enterprise_id"), ["enterprise_id"], unique=False
        )
        batch_op.create_index("ix_digest_made", ["created_at"], unique=False)

    op.create_table(
        "enterprise_contact",
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=60), nullable=True),
        sa.Column("mobile", sa.String(length=40), nullable=True),
        sa.Column("landline", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("receives_digest", sa.Boolean(), nullable=False),
        sa.Column("bounced_at", admin.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("bounce_reason", sa.String(length=300), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("enterprise_contact", schema=None) as batch_op:
        batch_op.create_index("ix_enterprise_contact_by_email", ["email", "id"], unique=False)
        batch_op.create_index(
            "ix_enterprise_contact_by_enterprise_id", ["enterprise_id", "id"], unique=False
        )
        batch_op.create_index("ix_enterprise_contact_by_mobile", ["mobile", "id"], unique=False)
        batch_op.create_index("ix_enterprise_contact_by_name", ["name", "id"], unique=False)
        batch_op.create_index(
            "ix_enterprise_contact_by_receives_digest", ["receives_digest", "id"], unique=False
        )
        batch_op.create_index("ix_enterprise_contact_by_role", ["role", "id"], unique=False)

    op.create_table(
        "fact_value",
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("fact", sa.String(length=60), nullable=False),
        sa.Column(
            "value",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("verified_by", sa.String(length=60), nullable=True),
        sa.Column("stated_by", sa.String(length=60), nullable=False),
        sa.Column("superseded_at", admin.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("fact_value", schema=None) as batch_op:
        batch_op.create_index(
            "ix_fact_value_current", ["enterprise_id", "fact", "superseded_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_fact_value_enterprise_id"), ["enterprise_id"], unique=False
        )

    op.create_table(
        "measure",
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("quote", sa.Text(), nullable=True),
        sa.Column("at_start", sa.Integer(), nullable=True),
        sa.Column("at_end", sa.Integer(), nullable=True),
        sa.Column("max_amount", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("rate", sa.Double(), nullable=True),
        sa.Column("opens_on", sa.Date(), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("rolling", sa.Boolean(), nullable=False),
        sa.Column("how_to_apply", sa.Text(), nullable=True),
        sa.Column("contact", sa.String(length=300), nullable=True),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("review", sa.String(length=20), nullable=False),
        sa.Column("reviewed_by", sa.String(length=60), nullable=True),
        sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column(
            "details",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "pending",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=True,
        ),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("opened_count", sa.Integer(), nullable=False),
        sa.Column("useful_count", sa.Integer(), nullable=False),
        sa.Column("useless_count", sa.Integer(), nullable=False),
        sa.Column("applied_count", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["policy_id"], ["policy.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("measure", schema=None) as batch_op:
        batch_op.create_index("ix_measure_by_doubtful", ["doubtful", "id", "review"], unique=False)
        batch_op.create_index("ix_measure_by_mode", ["mode", "id", "review"], unique=False)
        batch_op.create_index("ix_measure_by_review", ["review", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_measure_closes_on"), ["closes_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_measure_key"), ["key"], unique=False)
        batch_op.create_index("ix_measure_policy", ["policy_id", "position"], unique=False)
        batch_op.create_index(batch_op.f("ix_measure_rule_id"), ["rule_id"], unique=False)

    op.create_table(
        "officer",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("landline", sa.String(length=40), nullable=True),
        sa.Column("duties", sa.String(length=300), nullable=True),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("officer", schema=None) as batch_op:
        batch_op.create_index("ix_officer_by_is_active", ["is_active", "id"], unique=False)
        batch_op.create_index("ix_officer_by_kind", ["kind", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_officer_person_id"), ["person_id"], unique=False)

    op.create_table(
        "policy_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("cited", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["policy_id"], ["policy.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("policy_name", schema=None) as batch_op:
        batch_op.create_index("ix_policy_name_name", ["name", "cited"], unique=False)
        batch_op.create_index(batch_op.f("ix_policy_name_policy_id"), ["policy_id"], unique=False)

    op.create_table(
        "policy_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "blocks",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("replaced_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["policy_id"], ["policy.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("policy_id", "text_hash", name="uq_policy_text"),
    )
    op.create_table(
        "qualification",
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=True),
        sa.Column("certificate", sa.String(length=100), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=True),
        sa.Column("lacked", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("qualification", schema=None) as batch_op:
        batch_op.create_index("ix_qualification_by_code", ["code", "id"], unique=False)
        batch_op.create_index(
            "ix_qualification_by_enterprise_id", ["enterprise_id", "id"], unique=False
        )
        batch_op.create_index("ix_qualification_by_level", ["level", "id"], unique=False)
        batch_op.create_index("ix_qualification_by_source", ["source", "id"], unique=False)
        batch_op.create_index(
            "ix_qualification_by_valid_until", ["valid_until", "id"], unique=False
        )

    op.create_table(
        "upload",
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("uploaded_by", sa.String(length=60), nullable=False),
        sa.Column("policy_id", sa.Integer(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.ForeignKeyConstraint(["policy_id"], ["policy.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upload_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_upload_state"), ["state"], unique=False)

    op.create_table(
        "activity",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", admin.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("findings", sa.Text(), nullable=True),
        sa.Column("report_due_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["officer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.create_index("ix_activity_by_kind", ["kind", "id"], unique=False)
        batch_op.create_index(
            "ix_activity_by_organisation_id", ["organisation_id", "id", "kind"], unique=False
        )
        batch_op.create_index("ix_activity_by_state", ["state", "id", "kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_activity_officer_id"), ["officer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_activity_starts_at"), ["starts_at"], unique=False)

    op.create_table(
        "assignment",
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["officer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index("ix_assignment_by_officer_id", ["officer_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_assignment_enterprise_id"), ["enterprise_id"], unique=False
        )

    op.create_table(
        "delivery",
        sa.Column("digest_id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=True),
        sa.Column("claimed_at", admin.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("sent_at", admin.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["enterprise_contact.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["digest_id"], ["digest.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest_id", "contact_id", "channel", name="uq_delivery"),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index("ix_delivery_by_channel", ["channel", "id", "state"], unique=False)
        batch_op.create_index("ix_delivery_due", ["state", "next_attempt_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_delivery_enterprise_id"), ["enterprise_id"], unique=False
        )

    op.create_table(
        "preference",
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("frequency", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=True),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_until", sa.Integer(), nullable=False),
        sa.Column("themes", sa.String(length=200), nullable=False),
        sa.Column("unsubscribed_at", admin.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["enterprise_contact.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("contact_id"),
    )
    with op.batch_alter_table("preference", schema=None) as batch_op:
        batch_op.create_index("ix_preference_by_frequency", ["frequency", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_preference_enterprise_id"), ["enterprise_id"], unique=False
        )

    op.create_table(
        "rule",
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column(
            "criteria",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "scope",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=True,
        ),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=True),
        sa.Column("codes_version", sa.String(length=60), nullable=True),
        sa.Column("author", sa.String(length=60), nullable=False),
        sa.Column("reviewed_at", admin.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.String(length=60), nullable=True),
        sa.Column("published_at", admin.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.String(length=60), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("measure_id", "number", name="uq_rule_number"),
    )
    with op.batch_alter_table("rule", schema=None) as batch_op:
        batch_op.create_index("ix_rule_by_state", ["state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rule_measure_id"), ["measure_id"], unique=False)

    op.create_table(
        "activity_enterprise",
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("activity_id", "enterprise_id"),
    )
    op.create_table(
        "match",
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("self_check", sa.Boolean(), nullable=False),
        sa.Column("near_miss", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column(
            "reasons",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "missing",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "attest",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "facts_used",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("facts_hash", sa.String(length=64), nullable=True),
        sa.Column("superseded_at", admin.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("superseded_why", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["rule.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("match", schema=None) as batch_op:
        batch_op.create_index("ix_match_by_as_of", ["as_of", "id"], unique=False)
        batch_op.create_index("ix_match_by_near_miss", ["near_miss", "id", "verdict"], unique=False)
        batch_op.create_index(
            "ix_match_by_self_check", ["self_check", "id", "verdict"], unique=False
        )
        batch_op.create_index("ix_match_by_verdict", ["verdict", "id"], unique=False)
        batch_op.create_index(
            "ix_match_enterprise", ["enterprise_id", "superseded_at", "score"], unique=False
        )
        batch_op.create_index(
            "ix_match_measure", ["measure_id", "superseded_at", "verdict"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_match_rule_id"), ["rule_id"], unique=False)
        batch_op.create_index("ix_match_verdict", ["superseded_at", "verdict"], unique=False)
        batch_op.create_index(
            "uq_match_current",
            ["enterprise_id", "measure_id"],
            unique=True,
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        )

    op.create_table(
        "digest_item",
        sa.Column("digest_id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("match_id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "content",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("opened_at", admin.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("useful", sa.Boolean(), nullable=True),
        sa.Column("applied_at", admin.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["digest_id"], ["digest.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["match_id"],
            ["match.id"],
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["rule.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest_id", "measure_id", name="uq_digest_item"),
    )
    with op.batch_alter_table("digest_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_digest_item_measure_id"), ["measure_id"], unique=False)
        batch_op.create_index("ix_digest_item_pair", ["enterprise_id", "measure_id"], unique=False)

    op.create_table(
        "feedback",
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("digest_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["enterprise_contact.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["digest_id"], ["digest.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["item_id"], ["digest_item.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_at"), ["at"], unique=False)
        batch_op.create_index("ix_feedback_by_kind", ["kind", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_digest_id"), ["digest_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_feedback_enterprise_id"), ["enterprise_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_feedback_item_id"), ["item_id"], unique=False)

    op.create_table(
        "officer_task",
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("feedback_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", admin.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["feedback_id"], ["feedback.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["officer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("officer_task", schema=None) as batch_op:
        batch_op.create_index("ix_officer_task_by_officer_id", ["officer_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_officer_task_due_on"), ["due_on"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_officer_task_enterprise_id"), ["enterprise_id"], unique=False
        )

    for table, columns in SEARCHED.items():
        for statement in create_search(op.get_bind().dialect.name, table, columns):
            op.execute(statement)
    _protect_audit()


def _protect_audit() -> None:
    """The database itself refuses to change or delete an audit entry."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_entry_no_{act.lower()} BEFORE {act} ON audit_entry "
                "BEGIN SELECT RAISE(ABORT, 'audit entries are fixed'); END"
            )
        op.execute(  # REPLACE deletes without asking the trigger above
            "CREATE TRIGGER audit_entry_no_replace BEFORE INSERT ON audit_entry "
            "WHEN EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id) "
            "BEGIN SELECT RAISE(ABORT, 'audit entries are fixed'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION audit_entry_is_fixed() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit entries are fixed'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_entry_is_fixed BEFORE UPDATE OR DELETE ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION audit_entry_is_fixed()"
    )
    op.execute(
        "CREATE TRIGGER audit_entry_is_not_emptied BEFORE TRUNCATE ON audit_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_is_fixed()"
    )


def downgrade() -> None:
    """Undo them."""
    dialect = op.get_bind().dialect.name
    for table in SEARCHED:
        for statement in drop_search(dialect, table):
            op.execute(statement)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_entry_is_not_emptied ON audit_entry")
        op.execute("DROP TRIGGER audit_entry_is_fixed ON audit_entry")
        op.execute("DROP FUNCTION audit_entry_is_fixed()")
    with op.batch_alter_table("officer_task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_officer_task_enterprise_id"))
        batch_op.drop_index(batch_op.f("ix_officer_task_due_on"))
        batch_op.drop_index("ix_officer_task_by_officer_id")

    op.drop_table("officer_task")
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_item_id"))
        batch_op.drop_index(batch_op.f("ix_feedback_enterprise_id"))
        batch_op.drop_index(batch_op.f("ix_feedback_digest_id"))
        batch_op.drop_index("ix_feedback_by_kind")
        batch_op.drop_index(batch_op.f("ix_feedback_at"))

    op.drop_table("feedback")
    with op.batch_alter_table("digest_item", schema=None) as batch_op:
        batch_op.drop_index("ix_digest_item_pair")
        batch_op.drop_index(batch_op.f("ix_digest_item_measure_id"))

    op.drop_table("digest_item")
    with op.batch_alter_table("match", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_match_current",
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        )
        batch_op.drop_index("ix_match_verdict")
        batch_op.drop_index(batch_op.f("ix_match_rule_id"))
        batch_op.drop_index("ix_match_measure")
        batch_op.drop_index("ix_match_enterprise")
        batch_op.drop_index("ix_match_by_verdict")
        batch_op.drop_index("ix_match_by_self_check")
        batch_op.drop_index("ix_match_by_near_miss")
        batch_op.drop_index("ix_match_by_as_of")

    op.drop_table("match")
    op.drop_table("activity_enterprise")
    with op.batch_alter_table("rule", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rule_measure_id"))
        batch_op.drop_index("ix_rule_by_state")

    op.drop_table("rule")
    with op.batch_alter_table("preference", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_preference_enterprise_id"))
        batch_op.drop_index("ix_preference_by_frequency")

    op.drop_table("preference")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_enterprise_id"))
        batch_op.drop_index("ix_delivery_due")
        batch_op.drop_index("ix_delivery_by_channel")

    op.drop_table("delivery")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignment_enterprise_id"))
        batch_op.drop_index("ix_assignment_by_officer_id")

    op.drop_table("assignment")
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_starts_at"))
        batch_op.drop_index(batch_op.f("ix_activity_officer_id"))
        batch_op.drop_index("ix_activity_by_state")
        batch_op.drop_index("ix_activity_by_organisation_id")
        batch_op.drop_index("ix_activity_by_kind")

    op.drop_table("activity")
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_upload_state"))
        batch_op.drop_index(batch_op.f("ix_upload_sha256"))

    op.drop_table("upload")
    with op.batch_alter_table("qualification", schema=None) as batch_op:
        batch_op.drop_index("ix_qualification_by_valid_until")
        batch_op.drop_index("ix_qualification_by_source")
        batch_op.drop_index("ix_qualification_by_level")
        batch_op.drop_index("ix_qualification_by_enterprise_id")
        batch_op.drop_index("ix_qualification_by_code")

    op.drop_table("qualification")
    op.drop_table("policy_text")
    with op.batch_alter_table("policy_name", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_policy_name_policy_id"))
        batch_op.drop_index("ix_policy_name_name")

    op.drop_table("policy_name")
    with op.batch_alter_table("officer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_officer_person_id"))
        batch_op.drop_index("ix_officer_by_kind")
        batch_op.drop_index("ix_officer_by_is_active")

    op.drop_table("officer")
    with op.batch_alter_table("measure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_measure_rule_id"))
        batch_op.drop_index("ix_measure_policy")
        batch_op.drop_index(batch_op.f("ix_measure_key"))
        batch_op.drop_index(batch_op.f("ix_measure_closes_on"))
        batch_op.drop_index("ix_measure_by_review")
        batch_op.drop_index("ix_measure_by_mode")
        batch_op.drop_index("ix_measure_by_doubtful")

    op.drop_table("measure")
    with op.batch_alter_table("fact_value", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fact_value_enterprise_id"))
        batch_op.drop_index("ix_fact_value_current")

    op.drop_table("fact_value")
    with op.batch_alter_table("enterprise_contact", schema=None) as batch_op:
        batch_op.drop_index("ix_enterprise_contact_by_role")
        batch_op.drop_index("ix_enterprise_contact_by_receives_digest")
        batch_op.drop_index("ix_enterprise_contact_by_name")
        batch_op.drop_index("ix_enterprise_contact_by_mobile")
        batch_op.drop_index("ix_enterprise_contact_by_enterprise_id")
        batch_op.drop_index("ix_enterprise_contact_by_email")

    op.drop_table("enterprise_contact")
    with op.batch_alter_table("digest", schema=None) as batch_op:
        batch_op.drop_index("ix_digest_made")
        batch_op.drop_index(batch_op.f("ix_digest_enterprise_id"))
        batch_op.drop_index("ix_digest_by_state")

    op.drop_table("digest")
    with op.batch_alter_table("appeal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_appeal_enterprise_id"))
        batch_op.drop_index(batch_op.f("ix_appeal_due_on"))
        batch_op.drop_index("ix_appeal_by_urgency")
        batch_op.drop_index("ix_appeal_by_topic")
        batch_op.drop_index("ix_appeal_by_state")
        batch_op.drop_index("ix_appeal_by_source")
        batch_op.drop_index("ix_appeal_by_organisation_id")

    op.drop_table("appeal")
    with op.batch_alter_table("ab_permission_view_role", schema=None) as batch_op:
        batch_op.drop_index("idx_role_id")
        batch_op.drop_index("idx_permission_view_id")

    op.drop_table("ab_permission_view_role")
    with op.batch_alter_table("policy", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_policy_sha256"))
        batch_op.drop_index(batch_op.f("ix_policy_issued_on"))
        batch_op.drop_index(batch_op.f("ix_policy_index_dirty_at"))
        batch_op.drop_index(batch_op.f("ix_policy_doc_no"))
        batch_op.drop_index("ix_policy_by_state")
        batch_op.drop_index("ix_policy_by_publicity")
        batch_op.drop_index("ix_policy_by_organisation_id")
        batch_op.drop_index("ix_policy_by_level")

    op.drop_table("policy")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index("ix_person_by_organisation_id")

    op.drop_table("person")
    with op.batch_alter_table("import_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_file_user_id"))

    op.drop_table("import_file")
    with op.batch_alter_table("enterprise", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enterprise_facts_changed_at"))
        batch_op.drop_index("ix_enterprise_changed")
        batch_op.drop_index("ix_enterprise_by_status")
        batch_op.drop_index("ix_enterprise_by_size_class")
        batch_op.drop_index("ix_enterprise_by_region")
        batch_op.drop_index("ix_enterprise_by_organisation_id")
        batch_op.drop_index("ix_enterprise_by_name")
        batch_op.drop_index("ix_enterprise_by_industry")

    op.drop_table("enterprise")
    op.drop_table("ab_user_role")
    with op.batch_alter_table("ab_user_group", schema=None) as batch_op:
        batch_op.drop_index("idx_user_id")
        batch_op.drop_index("idx_user_group_id")

    op.drop_table("ab_user_group")
    with op.batch_alter_table("ab_permission_view", schema=None) as batch_op:
        batch_op.drop_index("idx_view_menu_id")
        batch_op.drop_index("idx_permission_id")

    op.drop_table("ab_permission_view")
    with op.batch_alter_table("ab_group_role", schema=None) as batch_op:
        batch_op.drop_index("idx_group_role_id")
        batch_op.drop_index("idx_group_id")

    op.drop_table("ab_group_role")
    with op.batch_alter_table("ab_api_key", schema=None) as batch_op:
        batch_op.drop_index("idx_api_key_user_id")
        batch_op.drop_index("idx_api_key_prefix")
        batch_op.drop_index("idx_api_key_lookup_hash")

    op.drop_table("ab_api_key")
    op.drop_table("schedule")
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_index("ix_organisation_by_parent_id")
        batch_op.drop_index("ix_organisation_by_kind")

    op.drop_table("organisation")
    op.drop_table("lease")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_job_active",
            sqlite_where=sa.text("state IN ('pending', 'running', 'retry')"),
            postgresql_where=sa.text("state IN ('pending', 'running', 'retry')"),
        )
        batch_op.drop_index("ix_job_due")
        batch_op.drop_index("ix_job_by_kind")

    op.drop_table("job")
    with op.batch_alter_table("idempotency_key", schema=None) as batch_op:
        batch_op.drop_index("uq_idempotency_key")

    op.drop_table("idempotency_key")
    op.drop_table("holiday")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_record")
        batch_op.drop_index(batch_op.f("ix_audit_entry_at"))

    op.drop_table("audit_entry")
    op.drop_table("ab_view_menu")
    op.drop_table("ab_user")
    op.drop_table("ab_role")
    op.drop_table("ab_register_user")
    op.drop_table("ab_permission")
    op.drop_table("ab_group")
    for statement in drop_function(dialect):
        op.execute(statement)
