"""Child processes: what a bad sheet may do to them, and what it may not do to us."""

import os
import time
from pathlib import Path

import pytest

from geo.errors import BadFile, Unreadable
from geo.orthophoto.intake.store import child, parts, sheet_file
from geo.orthophoto.intake.store.child import Crew, Died

DRIVERS = "(r := __import__('rasterio')) and (e := r.Env()) and e.__enter__().drivers()"


@pytest.fixture
def crew():
    held = Crew(1)
    yield held
    held.close()


def test_only_the_drivers_of_sheets_are_on(crew):
    assert set(crew.call(eval, DRIVERS, cpu_s=20)) - {"MEM", "Memory", "COG"} == {"GTiff", "JP2OpenJPEG", "JPEG"}


def test_a_child_imports_no_database(crew):
    crew.call(parts.Part, None, None, None, (b"", b""), b"", cpu_s=20)
    assert not crew.call(eval, "{'sqlalchemy', 'pandas'} & set(__import__('sys').modules)", cpu_s=20)


def test_jobs_one_after_the_other_start_one_child():
    two = Crew(2)
    assert len({two.call(os.getpid, cpu_s=20) for _ in range(4)}) == 1
    two.close()


def test_a_child_is_kept_and_another_stands_in_for_one_that_died(crew):
    first = crew.call(os.getpid, cpu_s=20)
    assert crew.call(os.getpid, cpu_s=20) == first != os.getpid()
    with pytest.raises(Died, match=r"it crashed \(SIGABRT\)"):
        crew.call(os.abort, cpu_s=20)
    second = crew.call(os.getpid, cpu_s=20)
    assert second != first


def test_one_that_left_for_want_of_jobs_is_started_again(crew):
    first = crew.call(os.getpid, cpu_s=20)
    time.sleep(child.IDLE_S + 1)
    assert crew.call(os.getpid, cpu_s=20) != first


def test_caps_on_time_and_memory(crew):
    with pytest.raises(Died, match="too much time"):
        crew.call(pow, 7, 10**9, cpu_s=1)
    with pytest.raises(Unreadable, match="more memory than a sheet may take"):
        crew.call(bytearray, child.MEMORY_BYTES + (1 << 30), cpu_s=20)
    with pytest.raises(BadFile, match=r"^a\.tif is no file$"):
        crew.call(sheet_file.look, Path("a.tif"), cpu_s=20)


def test_a_sheet_that_ends_its_child_is_one_sentence(monkeypatch, tmp_path):
    class Dying:
        def call(self, function, *arguments, cpu_s):
            raise Died("it crashed (SIGSEGV)")

    monkeypatch.setattr(sheet_file, "crew", Dying)
    with pytest.raises(BadFile, match=r"^a\.tif ended the process that opened it: it crashed \(SIGSEGV\)"):
        sheet_file.describe(tmp_path / "a.tif", None)


def test_the_files_of_the_corpus_end_in_one_sentence_in_time(shared):
    child.crew().call(os.getpid, cpu_s=20)  # starting a child is not the sheet's doing
    for path in sorted((shared / "data" / "bad_inputs" / "tif").iterdir()):
        began = time.monotonic()
        with pytest.raises(BadFile) as refusal:
            sheet_file.describe(path, None)
        assert "\n" not in str(refusal.value)
        assert path.name in str(refusal.value)
        assert time.monotonic() - began < 5
