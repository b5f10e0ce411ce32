"""Successive HEADs of one tree: `heads.py CAR ROOT HEADS PATHS OUT.car PINLIST FOLDER`.

Copies of the datasets of a CAR lie at so many paths in folders as a campaign has them; every HEAD replaces the datasets
at two of the paths. PINLIST chains all HEADs by `prev`; FOLDER gets a pinlist of its own for every tenth HEAD.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from copies import Writer, copy, datasets  # noqa: E402
from unixfs_reader import Car, text  # noqa: E402

# Folders of one campaign: aircraft, ships, stations, and what each measures.
PLATFORMS = 7
PRODUCTS = 5
CHANGED_PER_HEAD = 2


def tree(out, entries):
    """Two levels of folders over (cid, size) by number: the root's CID."""
    folders = {}
    for number, (cid, size) in enumerate(entries):
        platform, product = number % PLATFORMS, number // PLATFORMS % PRODUCTS
        folders.setdefault(platform, {}).setdefault(product, []).append((f"d{number:04}.zarr".encode(), cid, size))
    top = []
    for platform, products in folders.items():
        below = [(f"product-{product}".encode(), *out.directory(items)) for product, items in products.items()]
        top.append((f"platform-{platform}".encode(), *out.directory(below)))
    return out.directory(top)[0]


def main(source, root, heads, paths, target, pinlist, folder):
    car, out, cache = Car(source), Writer(target), {}
    found = [cid for _, cid in datasets(car, root)]
    heads, paths = int(heads), int(paths)
    made = 0

    def version(path):
        nonlocal made
        made += 1
        return copy(car, out, found[path % len(found)], made, cache)

    entries = [version(path) for path in range(paths)]
    pins, previous = [], None
    Path(folder).mkdir(exist_ok=True)
    for head in range(heads):
        if head:
            for step in range(CHANGED_PER_HEAD):
                path = (head * 37 + step * 101) % paths
                entries[path] = version(path)
        cid = text(tree(out, entries))
        prev = f"    prev: {previous}\n" if previous else ""
        pin = f"- cid: {cid}\n  name: HEAD v{head}\n  meta:\n{{}}    created: 2026-01-01\n"
        pins.append(pin.format(prev))
        if head % 10 == 0:
            Path(folder, f"{head:03}.yaml").write_text(pin.format(""))
        previous = cid
    out.out.close()
    Path(pinlist).write_text("".join(pins))


if __name__ == "__main__":
    main(*sys.argv[1:])
