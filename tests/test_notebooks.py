"""Every notebook: committed clean, nothing defined in it, public names alone, and run whole on the sample city."""

import ast
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = [pytest.param(path, id=path.stem) for path in sorted(FOLDER.glob("*.ipynb"))]
DEFINES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def read(path):
    return nbformat.read(path, as_version=4)


def code(notebook):
    return [ast.parse(cell.source) for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_a_notebook_is_committed_without_what_it_printed(path):
    notebook = read(path)
    nbformat.validate(notebook)
    printed = [cell.id for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count") is not None]
    assert printed == []
    assert path.read_text(encoding="utf-8") == nbformat.writes(notebook) + "\n"
    assert [cell for cell in notebook.cells if cell.cell_type == "markdown"]


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_a_notebook_defines_nothing_and_names_only_what_is_public(path):
    cells = code(read(path))
    nodes = [node for cell in cells for node in ast.walk(cell)]
    assert not [node.name for node in nodes if isinstance(node, DEFINES)]
    imported = [alias.name for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names]
    imported += [node.module for node in nodes if isinstance(node, ast.ImportFrom)]
    used = [node.attr for node in nodes if isinstance(node, ast.Attribute)]
    assert not [name for name in imported + used if any(part.startswith("_") for part in name.split("."))]
    assert any(isinstance(node, ast.Assert) for node in ast.walk(cells[-1])), "the last cell asserts a truth"


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_a_notebook_runs_from_top_to_bottom(path, town, monkeypatch):
    monkeypatch.setenv("GEO_DATA", str(town.folder))
    notebook = read(path)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(FOLDER)}}).execute()
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
