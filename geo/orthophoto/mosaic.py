"""Many sheets read as one: those on a common lattice of pixels are one source, others are laid over it."""

from collections.abc import Sequence

import numpy as np

from geo.grid import Grid
from geo.orthophoto.warp import Source, blank, interleaved, lay, offset
from geo.raster import Raster, Reader


class Mosaic:
    """Sources whose pixels fall on one lattice, as a single source; where they overlap, the first one shows."""

    def __init__(self, members: Sequence[Source]) -> None:
        """Join `members`, at least one, all on the lattice of the first."""
        first = members[0].grid
        places = [offset(first, member.grid) or (0, 0) for member in members]
        boxes = [(c, r, c + m.grid.width, r + m.grid.height) for (c, r), m in zip(places, members, strict=True)]
        left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
        self._members = members
        self._boxes = np.array(boxes, np.int64) - (left, top, left, top)
        self.grid = first.window(left, top, int(self._boxes[:, 2].max()), int(self._boxes[:, 3].max()))
        self.bands = members[0].bands

    def window(self, col: int, row: int, width: int, height: int) -> Raster:
        """Read a part; what no member shows is not valid."""
        grid = self.grid.window(col, row, width, height)
        left, top, right, bottom = self._boxes.T
        hits = np.flatnonzero((left < col + width) & (right > col) & (top < row + height) & (bottom > row))
        out = blank(grid, self.bands)
        pixels, free = interleaved(out), True
        for hit in hits.tolist():
            x0, y0, x1, y1 = (int(value) for value in self._boxes[hit])
            a, b, c, d = max(x0, col), max(y0, row), min(x1, col + width), min(y1, row + height)
            part = self._members[hit].window(a - x0, b - y0, c - a, d - b)
            if free and (c - a, d - b) == (width, height) and part.valid.all():
                return Raster(part.data, part.valid, grid)
            here = np.s_[b - row : d - row, a - col : c - col]
            before = out.valid[here]
            if free or not before.any():
                pixels[here] = interleaved(part)  # black where it shows no ground
            else:
                new = part.valid & ~before
                np.copyto(pixels[here], interleaved(part), where=new[..., None])
            before |= part.valid
            free = False
            if out.valid.all():
                break
        return out


def mosaics(sources: Sequence[Source]) -> list[Mosaic]:
    """Group sources by their lattice, in the order in which each lattice comes first."""
    groups: list[list[Source]] = []
    for source in sources:
        group = next((g for g in groups if _one_lattice(g[0].grid, source.grid)), None)
        if group is None:
            groups.append([source])
        else:
            group.append(source)
    return [Mosaic(group) for group in groups]


def _one_lattice(a: Grid, b: Grid) -> bool:
    return offset(a, b) is not None


def overlay(layers: Sequence[Source]) -> Reader:
    """Return a reader of several sources: where one shows no ground, the next may."""

    def read(target: Grid) -> Raster:
        top = lay(layers[0], target)
        for layer in layers[1:]:
            if top.valid.all():
                break
            under = lay(layer, target)
            new = under.valid & ~top.valid
            data = np.where(new, under.data, top.data)
            top = Raster(data, top.valid | new, target)
        return top

    return read
