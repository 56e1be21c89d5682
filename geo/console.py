"""What every `geo` command shares: --data and --json, the progress bar, results as a table or one JSON value."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click
import orjson

from geo.database import City, open_city

T = TypeVar("T")


class LazyGroup(click.Group):
    """Commands of a module's `group`, imported when one of them is asked for, beside those added here."""

    def __init__(self, name: str, module: str, *, help: str) -> None:
        """Name the group and the module that holds its commands."""
        super().__init__(name, help=help)
        self._module = module

    def _held(self) -> click.Group:
        held: click.Group = import_module(self._module).group
        return held

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all its commands."""
        return sorted({*self.commands, *self._held().commands})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name, or None."""
        return self.commands.get(cmd_name) or self._held().get_command(ctx, cmd_name)


class Epsg(click.ParamType[int]):
    """The code of a coordinate system, with or without EPSG: before it."""

    name = "EPSG:n"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number. Fails where there is none."""
        text = str(value).upper().removeprefix("EPSG:")
        if not (text.isascii() and text.isdigit()):
            self.fail(f"{value!r} is not of the form EPSG:5186", param, ctx)
        return int(text)


def command(group: click.Group, name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Add a function to `group` as a command with --data and --json; what it returns is what is printed.

    The function is handed `data` (Path) before its own parameters. It returns a JSON value, or a `Report`.
    """

    def wrap(function: Callable[..., Any]) -> click.Command:
        @click.option("--data", type=click.Path(path_type=Path), envvar="GEO_DATA", default="data",
                      show_default=True, help="The city's data folder.")  # fmt: skip
        @click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
        @wraps(function)
        def run(*args: Any, as_json: bool, **kwargs: Any) -> None:
            show(function(*args, **kwargs), as_json=as_json)

        return group.command(name)(run)

    return wrap


def city(data: Path, *, create: bool = False) -> City:
    """Open the city in `data`, on GEO_DATABASE_URL where that is set."""
    return open_city(data, os.environ.get("GEO_DATABASE_URL"), create=create)


class Report:
    """A result with words for people beside the JSON value; `failed` makes the exit code 1."""

    def __init__(self, value: Any, text: str, *, failed: bool = False) -> None:
        self.value, self.text, self.failed = value, text, failed


def show(result: Any, *, as_json: bool) -> None:
    """Print `result` as one JSON value or as words, and leave with 1 where a check found faults."""
    report = result if isinstance(result, Report) else Report(result, _words(result))
    if as_json:
        click.echo(to_json(report.value))
    elif report.text:
        click.echo(report.text)
    if report.failed:
        raise SystemExit(1)


def to_json(value: Any) -> str:
    """Return `value` as JSON text, Korean kept as it is, NaN as null."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY
    return orjson.dumps(value, default=str, option=options).decode()


def progress(items: Iterable[T], title: str, total: int | None = None) -> Iterator[T]:
    """Go through `items` with a progress bar on a terminal, silently elsewhere."""
    if not sys.stderr.isatty():
        yield from items
        return
    from tqdm import tqdm  # a tenth of a second that a script is spared

    yield from tqdm(items, desc=title, total=total, leave=False)


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(_words(item) for item in value) or "nothing"
    if isinstance(value, dict):
        return "  ".join(f"{key}: {_words(item)}" for key, item in value.items())
    return str(value)
