"""Applies the schema, as the owner of the database: `python -m walletservice.schema`. Run it before each start."""

from pathlib import Path

import psycopg2
from psycopg2 import sql

from walletservice.settings import SchemaSettings

SCHEMA = Path(__file__).with_name("schema.sql")
ONE_AT_A_TIME = 0x77616C6C6574  # any number, the same in each replica that starts


def apply(dsn: str, app_role: str) -> None:
    """Create what is missing and grant `app_role` what it needs, in one transaction. Harmless when repeated."""
    connection = psycopg2.connect(dsn, connect_timeout=5, application_name="walletservice.schema")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
            names = {"database": connection.info.dbname, "app_role": app_role}
            identifiers = {name: sql.Identifier(value) for name, value in names.items()}
            cursor.execute(sql.SQL(SCHEMA.read_text("utf-8")).format(**identifiers))
    finally:
        connection.close()


def main() -> None:
    settings = SchemaSettings.read()
    apply(settings.postgres_owner_dsn.get_secret_value(), settings.postgres_app_role)


if __name__ == "__main__":
    main()
