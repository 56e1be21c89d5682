"""Every error this library raises on purpose, each saying what was wrong, where, and what to do.

GeoError
  NotFound         nothing by that name, or nothing there
    Gone           it was there and has been retired
  Unreadable       the value or file cannot be read at all
  BadInput         it can be read, and breaks its contract
    BadFile        a delivered file breaks its contract
    CrsMismatch    two things in different CRS, or on different grids, met
    RuleBroken     the edit breaks a rule of the registry
  Conflict         the edit does not fit the present state
    Stale          somebody else edited it first
  NoVersion        the edit does not say which version it changes
  NotAllowed       the key does not carry the role
    NoKey          no valid key was shown
  Damaged          something published is not what was published
  NoRoom           the disk cannot take it
  Busy             somebody else has been writing for too long
"""


class GeoError(Exception):
    """Base of all errors raised on purpose; the text is one plain sentence for operators and logs.

    `korean` is the same sentence for the people of city hall, `parameter` the name of the value at fault.
    """

    def __init__(self, text: str, *, korean: str | None = None, parameter: str | None = None) -> None:
        super().__init__(text)
        self.korean = korean
        self.parameter = parameter


class NotFound(GeoError):
    """Nothing by that name, or nothing there."""


class Gone(NotFound):
    """It was there and has been retired; `successors` have taken its place."""

    def __init__(self, text: str, *, korean: str, parameter: str, successors: tuple[str, ...]) -> None:
        super().__init__(text, korean=korean, parameter=parameter)
        self.successors = successors


class Unreadable(GeoError):
    """The value or file cannot be read at all."""


class BadInput(GeoError):
    """It can be read, and breaks its contract."""


class BadFile(BadInput):
    """A delivered file breaks its contract."""


class CrsMismatch(BadInput):
    """Two things in different CRS, or on different grids, met."""


class RuleBroken(BadInput):
    """The edit breaks a rule of the registry."""


class Conflict(GeoError):
    """The edit does not fit the present state."""


class Stale(Conflict):
    """Somebody else edited it first."""


class NoVersion(GeoError):
    """The edit does not say which version it changes."""


class NotAllowed(GeoError):
    """The key does not carry the role."""


class NoKey(NotAllowed):
    """No valid key was shown."""


class Damaged(GeoError):
    """Something published is not what was published."""


class NoRoom(GeoError):
    """The disk cannot take it."""


class Busy(GeoError):
    """Somebody else has been writing for too long; trying again later helps."""
