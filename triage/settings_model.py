"""The model of the settings: what may stand in the configuration file, and under which environment names."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings of one user, in `config.toml` in the platform's folder for them (or TRIAGE_CONFIG)."""

    model_config = SettingsConfigDict(env_prefix="TRIAGE_", extra="forbid")

    db: str | None = Field(None, description="The database to open.")
    user: str | None = Field(None, description="The name that acts are written down under.")
    theme: Literal["dark", "light", "ansi"] = Field("dark", description="The colours of the application.")
    keys: dict[str, str] = Field({}, description="Keys by the id of their command, as in docs/keys.md.")
    links: dict[str, str] = Field(
        {}, description="Where tickets lie in their own system, by source: an address with {id} in it."
    )
    timezone: str | None = Field(None, description="The zone of times without one in imported files.")
