"""The rules of the house that a test can hold."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*ROOT.glob("geo/**/*.py"), *ROOT.glob("api/**/*.py")])
SUBJECTS = ("orthophoto", "change", "registry", "disaster", "features", "maps")
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
]


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module")
def trees():
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_the_first_line_of_a_file_says_what_lives_there(path):
    assert path.read_text(encoding="utf-8").startswith('"""')


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_files_are_under_300_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < 300


def test_functions_are_under_50_lines(trees):
    long = [
        f"{name_of(path)}:{node.name}"
        for path, tree in trees.items()
        for node in functions(tree)
        if node.end_lineno - node.lineno >= 50
    ]
    assert not long


def test_arrows_point_down():
    result = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout


def test_only_stores_touch_disk_or_database(trees):
    """Subjects hand values to each other; a file that opens something is a store, or reads what ships with the code."""
    touching = re.compile(
        r"rasterio\.open\(|\.read_text\(|\.write_text\(|\.read_bytes\(|\.write_bytes\(|\.open\(|pyogrio\.|"
        r"gpd\.read_file|read_parquet|to_parquet|create_engine|connection\.execute|\.unlink\(|\.mkdir\("
    )
    for path in trees:
        parts = path.relative_to(ROOT).parts
        if parts[0] != "geo" or parts[1] not in SUBJECTS or "store" in path.stem or "store" in parts:
            continue
        found = touching.search(path.read_text(encoding="utf-8"))
        allowed = {
            ("orthophoto", "sheet"),  # a sheet is what it opens
            ("change", "model"),  # the weights shipped beside it
            ("maps", "offline"),  # the assets shipped beside it
        }
        if (parts[1], path.stem) in allowed or "training" in parts:
            continue
        assert not found, f"{name_of(path)} touches disk: {found.group()}"


def test_axis_order_is_settled_in_one_file(trees):
    using = {name_of(path) for path in trees if "always_xy" in path.read_text(encoding="utf-8")}
    assert using == {"geo/crs.py"}


def test_no_failure_is_turned_into_a_default(trees):
    bare = [
        f"{name_of(path)}:{node.lineno}"
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")))
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ]
    assert not bare


def test_options_are_not_handed_down_unnamed(trees):
    """`**kwargs` is allowed only where a library asks for it."""
    allowed = {"geo/console.py", "geo/geometry_type.py", "geo/geojson.py"}
    using = {name_of(path) for path, tree in trees.items() for node in functions(tree) if node.args.kwarg is not None}
    assert using <= allowed


def test_importing_does_nothing():
    # training runs in an environment of its own, with torch, which the product does not have
    product = [path for path in SOURCES if "training" not in path.parts]
    modules = ", ".join(name_of(path)[:-3].replace("/", ".").removesuffix(".__init__") for path in product)
    code = f"import {modules}\nfrom geo.database import _engine\nassert _engine.cache_info().currsize == 0"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env={"PATH": ""})
    assert result.returncode == 0, result.stderr


def test_every_error_has_a_status_and_stands_in_the_tree():
    from api.errors import STATUS
    from geo import errors

    raised = {c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.GeoError)} - {
        errors.GeoError
    }
    assert raised == set(STATUS)
    assert all(re.search(rf"^ +{c.__name__} +\w", errors.__doc__, re.MULTILINE) for c in raised)


def test_the_repository_names_no_machine():
    """No download addresses, no paths of one machine."""
    forbidden = re.compile(
        r"(^|[^\w.\-/])/(work|root|farm)/|files\.pythonhosted\.org|registry\.npmjs\.org", re.MULTILINE
    )
    named = []
    for path in TRACKED:
        spoken = path.suffix in {".py", ".md", ".toml", ".json", ".js", ".mjs", ".sh", ".yml", ".ipynb", ""}
        if not spoken or not path.exists() or path == Path(__file__):
            continue
        if forbidden.search(path.read_text(encoding="utf-8", errors="ignore")):
            named.append(name_of(path))
    assert not named


def test_the_readme_shows_the_two_commands():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "pip install uv && uv run geo up" in readme
    assert "uv run pytest" in readme
    assert "uv run pytest" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_what_is_committed_as_sample_stays_small():
    sizes = [path.stat().st_size for path in TRACKED if path.is_relative_to(ROOT / "sample_data") and path.exists()]
    assert sum(sizes) < 5_000_000
