"""userservice: who the customers are."""

from typing import Any

from flask import Response

from chassis import mongo
from chassis.answers import WITH_BODY, Page, answers, created, list_answers, listing
from chassis.internal import Commands, tell
from chassis.service import Service
from userservice.domain import FindUser, NewUser, User, UserChanges, UserPath
from userservice.repository import MongoUsers, Users
from userservice.settings import Settings


def create_app(settings: Settings | None = None, users: Users | None = None) -> Service:
    """Wire the service; tests hand in settings and a repository of their own."""
    settings = settings or Settings.read()
    database = mongo.connect(settings.mongo_uri.get_secret_value())
    users = users or MongoUsers(database)
    app = Service("userservice", settings, ready=mongo.ping(database), is_outage=mongo.is_outage)

    @app.post("/users", responses=answers(201, User, *WITH_BODY, 409))
    def create_user(body: NewUser) -> tuple[dict[str, Any], int]:
        """Create a user."""
        return created(users.add(body), message="User created successfully")

    @app.get("/users", responses=list_answers(User))
    def list_users(query: Page) -> Response:
        """List users."""
        return listing(users.list(limit=query.limit + 1, after=query.after), query)

    @app.get("/users/<user_id>", responses=answers(200, User, 400, 404))
    def get_user(path: UserPath) -> dict[str, Any]:
        """Get a user."""
        return users.get(path.user_id).to_json()

    @app.patch("/users/<user_id>", responses=answers(200, User, *WITH_BODY, 404, 409))
    def change_user(path: UserPath, body: UserChanges) -> dict[str, Any]:
        """Update a user's profile."""
        return users.change(path.user_id, body).to_json()

    @app.operation("/internal/users/find")
    def find_users(body: Commands[FindUser]) -> dict[str, Any]:
        """Tell for each command whether its id and name belong together."""
        names = users.names({each.user_id for each in body.commands})
        return {"answers": [_known(each, names.get(each.user_id)) for each in body.commands]}

    return app


def _known(command: FindUser, user_name: str | None) -> dict[str, Any]:
    known = user_name == command.user_name
    tell("users.find", command, "known" if known else "unknown")
    return {"reference": command.reference, "known": known}
