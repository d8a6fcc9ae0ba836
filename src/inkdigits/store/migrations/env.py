"""Run by Alembic: migrates over the connection it is handed."""

from alembic import context

from inkdigits.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
context.run_migrations()
