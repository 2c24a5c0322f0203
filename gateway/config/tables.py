"""What the tables of the settings are made of."""

from datetime import timedelta
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
)

from gateway.config.administrations import require_administration
from gateway.config.durations import format_duration, parse_duration
from gateway.config.listen import require_host_port

Listen = Annotated[str, AfterValidator(require_host_port)]
Administration = Annotated[str, AfterValidator(require_administration)]
Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
]
Count = Annotated[int, Field(ge=1, le=1024)]


class Table(BaseModel):
    """A table of the settings: frozen, and without keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")
