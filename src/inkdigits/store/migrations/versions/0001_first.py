"""Pictures, corrections, readings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pictures",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("suffix", sa.String(8), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "corrections",
        *_head(),
        sa.Column("digit", sa.Integer),
        sa.Column("predicted", sa.Integer, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("accepted", sa.Boolean, nullable=False),
        *_tail(),
    )
    op.create_table(
        "readings",
        *_head(),
        sa.Column("verb", sa.String(16), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        *_tail(),
    )
    for table in ("corrections", "readings"):
        op.create_index(f"ix_{table}_picture", table, ["picture"])


def downgrade() -> None:
    for table in ("readings", "corrections", "pictures"):
        op.drop_table(table)


def _head() -> list[sa.Column[object]]:
    """The columns that each of these tables begins with."""
    return [
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column(
            "picture", sa.String(64), sa.ForeignKey("pictures.sha256"), nullable=False
        ),
    ]


def _tail() -> list[sa.Column[object]]:
    """The columns that each of these tables ends with."""
    return [
        sa.Column("model", sa.String(255), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    ]
