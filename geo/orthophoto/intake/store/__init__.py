"""The part of intake that touches the disk: sheets read, tiles built of them, and the children that do it."""
