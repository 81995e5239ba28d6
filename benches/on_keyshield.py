"""The peer of apikey: keyshield (PyPI), on SQLite.

    on_keyshield.py FILE make COUNT    creates COUNT keys and prints the secret of the first
    on_keyshield.py FILE own …         runs keyshield's own command line
    on_keyshield.py FILE create NAME   creates a key and prints its secret
    on_keyshield.py FILE verify        reads a secret on stdin, decides, records the use
    on_keyshield.py FILE list          prints every key as json, one a line

Each command is a process of its own, as in a script or in cron, with Argon2id at apikey's
default cost. `own` is keyshield unchanged: typer, rich, and a random delay of 0.1 to 0.3 s
after each verify. The last three are the leanest programs on its library: neither of those
packages, and no delay. Two costs are unavoidable: its repository is asynchronous, so SQLite
is behind aiosqlite, and each row of a list becomes an object of SQLAlchemy and then one of
keyshield.
"""

import asyncio
import json
import sys
from contextlib import asynccontextmanager

from argon2 import PasswordHasher
from keyshield.hasher.argon2 import Argon2ApiKeyHasher
from keyshield.repositories.sql import ApiKeyModel, SqlAlchemyApiKeyRepository
from keyshield.services.base import ApiKeyService
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

COST = PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1)


@asynccontextmanager
async def session_on(path):
    """A transaction on the database at `path`."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
    async with async_sessionmaker(engine, expire_on_commit=False).begin() as session:
        yield session
    await engine.dispose()


def service_of(session, **delay):
    hasher = Argon2ApiKeyHasher(pepper="a pepper", password_hasher=COST)
    return ApiKeyService(SqlAlchemyApiKeyRepository(session), hasher, **delay)


async def make(session, count):
    """Creates a key that can be verified, and copies of its row with other names."""
    connection = await session.connection()
    await connection.run_sync(ApiKeyModel.metadata.create_all)
    entity, secret = await service_of(session).create(name="known", scopes=["read"])
    for number in range(1, int(count)):
        row = ApiKeyModel(
            id_=f"{number:032x}",
            name=f"key-{number:08x}",
            created_at=entity.created_at,
            last_used_at=entity.created_at,
            key_id=f"{number:016x}",
            # The column is unique.
            key_hash=f"{entity.key_hash[:-8]}{number:08x}",
            key_secret_first="abcd",
            key_secret_last="abcd",
            scopes=entity.scopes,
        )
        session.add(row)
    print(secret)


async def create(keys, name):
    _, secret = await keys.create(name=name, scopes=["read"])
    print(secret)


async def verify(keys):
    entity = await keys.verify_key(sys.stdin.readline().strip())
    print(f"accepted {entity.name}")


async def list_all(keys):
    def date(at):
        return at and at.isoformat()

    for entity in await keys.list(limit=sys.maxsize):
        fields = {
            "id": entity.key_id,
            "name": entity.name,
            "description": entity.description,
            "active": entity.is_active,
            "scopes": entity.scopes,
            "created_at": date(entity.created_at),
            "last_used_at": date(entity.last_used_at),
            "expires_at": date(entity.expires_at),
        }
        print(json.dumps(fields))


async def run(path, command, arguments):
    async with session_on(path) as session:
        if command == "make":
            await make(session, *arguments)
            return
        keys = service_of(session, min_delay=0, max_delay=0)
        await {"create": create, "verify": verify, "list": list_all}[command](keys, *arguments)


def run_own(path, arguments):
    from keyshield.cli import create_api_keys_cli

    @asynccontextmanager
    async def service():
        async with session_on(path) as session:
            yield service_of(session)

    create_api_keys_cli(service)(arguments)


path, command, *arguments = sys.argv[1:]
if command == "own":
    run_own(path, arguments)
else:
    asyncio.run(run(path, command, arguments))
