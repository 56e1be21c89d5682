"""What the service is told when it starts: from the environment (GEO_...) or from `geo serve`."""

from ipaddress import ip_address
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where the city's data is and where it is served."""

    model_config = SettingsConfigDict(env_prefix="GEO_", frozen=True)

    data: Path = Path("data")
    database_url: str | None = None
    host: str = "127.0.0.1"

    @property
    def on_loopback(self) -> bool:
        """True when nobody but this machine can reach the service."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False
