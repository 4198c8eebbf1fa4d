"""The settings of this user: a TOML file, overridden by the environment, overridden by options.

The first paint reads the file with `tomllib` alone (`configured_db`, `raw_settings`); `Settings` is the
documented model that checks all of it and is loaded after that.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from triage.errors import InputError, Problem
from triage.paths import user_config_file

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings


@lru_cache(maxsize=1)
def raw_settings() -> dict[str, Any]:
    """The configuration file as it is; empty where there is none. InputError where it cannot be read."""
    path = user_config_file()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([Problem(f"cannot be read ({error})", str(path))]) from error
    import tomllib  # who has no file does not wait for it

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError([Problem(f"is not TOML: {error}", str(path))]) from error


def configured_db() -> str | None:
    """The database that the configuration file names, or None."""
    found = raw_settings().get("db")
    return found if isinstance(found, str) and found else None


def settings() -> BaseSettings:
    """All settings, checked. InputError names the file, the key and what is wrong with it."""
    from pydantic import ValidationError

    from triage.settings_model import Settings

    try:
        return Settings(**raw_settings())
    except ValidationError as error:
        raise InputError(
            [
                _problem(".".join(str(part) for part in detail["loc"]), detail["type"], detail["msg"], Settings)
                for detail in error.errors()
            ]
        ) from error


def _problem(key: str, kind: str, message: str, model: type[BaseSettings]) -> Problem:
    if kind != "extra_forbidden":
        return Problem(f"{key}: {message}", str(user_config_file()))
    from triage.text import did_you_mean

    known = list(model.model_fields)
    hint = did_you_mean(key, known) or f"the settings are {', '.join(known)}"
    return Problem(f"{key}: is no setting", str(user_config_file()), hint=hint)
