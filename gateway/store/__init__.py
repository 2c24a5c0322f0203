"""The registry in a database: schema, engines, one module a port, migrations."""
