"""Reviews of forms' fields, and the digits cut out of them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "form_reviews",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        *_place(),
        sa.Column("reviewer", sa.String(60), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("withdraws", sa.String(32), nullable=False),
        sa.Column("read", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(
        "ix_form_reviews_field", "form_reviews", ["pile", "record", "field"]
    )
    op.create_table(
        "form_digits",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        *_place(),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column(
            "picture", sa.String(64), sa.ForeignKey("pictures.sha256"), nullable=False
        ),
        sa.Column("predicted", sa.Integer, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("model", sa.String(255), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("pile", "record", "field", "place"),
    )


def downgrade() -> None:
    op.drop_table("form_digits")
    op.drop_table("form_reviews")


def _place() -> list[sa.Column[object]]:
    """Where a field is: the digest of what was read, the record's number, the field's name."""
    return [
        # A digest, so that the same pile is known under any path.
        sa.Column("pile", sa.String(64), nullable=False),
        sa.Column("record", sa.Integer, nullable=False),
        sa.Column("field", sa.String(200), nullable=False),
    ]
