"""Say statements to Postgres as a login of the secrets; JSON in, each one's SQLSTATE out, or `allowed`.

Each by itself, for some are refused within a transaction before anybody asks for rights:
`try_postgres.py LOGIN FIRST STATEMENTS`.
"""

import asyncio
import json
import sys
from pathlib import Path

import asyncpg

SECRETS = Path("/run/secrets")


def address(login: str) -> str:
    file = SECRETS / "database-url"
    if file.exists():
        return file.read_text().strip().replace("+asyncpg", "")
    return f"postgresql://{login}:{(SECRETS / 'database-password').read_text()}@postgres:5432/poise"


async def main(login: str, first: str, statements: list[str]) -> None:
    answers = []
    connection = await asyncpg.connect(address(login))
    assert await connection.fetchval("SELECT current_user") == login
    await connection.execute(first)
    for statement in statements:
        try:
            await connection.execute(statement)
            answers.append("allowed")
        except asyncpg.PostgresError as error:
            answers.append(error.sqlstate or type(error).__name__)
    await connection.close()
    sys.stdout.write(json.dumps(answers))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))
