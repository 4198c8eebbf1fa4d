"""Where things lie: the data that travels with triage, and the folders of the person who runs it."""

from __future__ import annotations

import os
from pathlib import Path


def data_dir(name: str) -> Path:
    """The folder `schema` or `seed`: inside an installed package, else at the top of the repository."""
    package = Path(__file__).resolve().parent
    for candidate in (package / "_data" / name, package.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"triage is installed without its {name} folder")


def user_data_dir() -> Path:
    """The platform's folder for this user's data; made when it is missing, closed to others."""
    from platformdirs import user_data_path

    path = user_data_path("triage", appauthor=False)
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def user_config_file() -> Path:
    """The configuration file of this user; it need not exist."""
    override = os.environ.get("TRIAGE_CONFIG")
    if override:
        return Path(override)
    from platformdirs import user_config_path

    return user_config_path("triage", appauthor=False) / "config.toml"


def default_db() -> Path:
    """The database that is used when neither the command line, the environment nor the settings name one."""
    return user_data_dir() / "triage.db"


def demo_db() -> Path:
    """The demonstration's database."""
    return user_data_dir() / "demo.db"


def write_atomically(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write `data` to `path` whole or not at all, with at most the access rights `mode` (the umask counts too).

    Where a link points to a file, that file is written and the link stays. What is no file (a pipe, a
    terminal, `/dev/null`) is written to and never replaced.
    """
    import secrets

    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    target = path.resolve() if path.is_file() else path
    beside = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}")
    try:
        with open(beside, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
