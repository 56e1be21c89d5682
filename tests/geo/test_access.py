import pytest

from geo import access, audit
from geo.access import Role
from geo.errors import BadInput, Conflict, NotFound


def test_a_key_is_known_until_it_is_revoked(city, at):
    key = access.add(city, "kim", "editor", at=at)
    assert access.identify(city, key) == ("kim", Role.EDITOR)
    assert access.identify(city, key + "x") is None
    access.revoke(city, "kim", at=at)
    assert access.identify(city, key) is None
    assert access.listing(city)["revoked_at"].tolist() == [at.isoformat()]


def test_the_key_itself_is_nowhere_in_the_data(city, at):
    key = access.add(city, "kim", "reviewer", at=at)
    kept = b"".join(path.read_bytes() for path in city.folder.iterdir())
    assert key.encode() not in kept
    assert b"kim" in kept


def test_giving_and_taking_keys_is_audited(city, at):
    access.add(city, "kim", "reviewer", at=at)
    access.revoke(city, "kim", at=at)
    assert audit.head(city)[0] == 2


@pytest.mark.parametrize(("name", "role"), [("Kim", "editor"), ("", "editor"), ("kim", "public"), ("kim", "root")])
def test_bad_names_and_roles_are_refused(city, at, name, role):
    with pytest.raises(BadInput):
        access.add(city, name, role, at=at)
    assert audit.head(city)[0] == 0


def test_one_key_a_name(city, at):
    access.add(city, "kim", "reviewer", at=at)
    with pytest.raises(Conflict, match="revoke it first"):
        access.add(city, "kim", "admin", at=at)
    with pytest.raises(NotFound, match="lee"):
        access.revoke(city, "lee", at=at)
