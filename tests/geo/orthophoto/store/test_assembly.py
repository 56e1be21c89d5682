"""Pyramid files joined from their parts: what reads back other than it was written is never published."""

import os
from datetime import date

import numpy as np
import pytest

from geo.errors import Damaged
from geo.orthophoto import store
from geo.orthophoto.store import assembly

ON = date(2024, 5, 14)


@pytest.fixture
def sheet(tmp_path, write, texture):
    return write(tmp_path / "a.tif", texture(300, 300))


@pytest.mark.parametrize("place", [10, 3_000, -10])
def test_a_disk_that_keeps_another_byte(city, sheet, monkeypatch, place):
    real = os.fsync

    def turn_one(fd):
        size = os.fstat(fd).st_size
        if size:
            os.pwrite(fd, b"\xa5", place % size)
        real(fd)

    monkeypatch.setattr(assembly.os, "fsync", turn_one)
    with pytest.raises(Damaged, match=r"\.tif reads back other than it was written; check the disk"):
        store.ingest(city, [sheet], survey="a", captured_on=ON)
    monkeypatch.undo()
    assert store.surveys(city) == []
    assert not (city.folder / "orthophoto").exists()
    assert store.ingest(city, [sheet], survey="a", captured_on=ON).sheets == 1


def test_tiles_stand_in_the_order_of_their_level_row_and_column(published):
    """The coarsest level first, as a viewer asks for them."""
    for name, file in published.survey.files.items():
        held = store.cog.opened(file, name, published.survey.sizes[name], published.survey.version)
        starts = [held.levels[z].offsets[held.levels[z].counts > 0] for z in sorted(held.levels)]
        assert (np.diff(np.concatenate(starts).astype(np.int64)) > 0).all()
