"""Datasets that the explorer is measured with: `explorer_stores.py OUT`.

Writes OUT/<name>.zarr and OUT/stores.json, which lists each variable's stored bytes. Values are seeded random walks.
"""

import json
import shutil
import sys
from pathlib import Path

import numcodecs
import numpy as np
import zarr

MB = 1_000_000
out = Path(sys.argv[1])
random = np.random.default_rng(7)


def group(name, title):
    path = out / f"{name}.zarr"
    shutil.rmtree(path, ignore_errors=True)
    made = zarr.open_group(path, mode="w", zarr_format=2)
    made.attrs.update({"title": title, "Conventions": "CF-1.8", "summary": "Made to be measured."})
    return made


def array(into, name, values, dims, chunks, compressor=None, **attributes):
    # In Zarr v2 the fill value means that nothing is there.
    fill = np.nan if values.dtype.kind == "f" else -1
    made = into.create_array(
        name, shape=values.shape, chunks=chunks, dtype=values.dtype, compressors=compressor, fill_value=fill
    )
    made.attrs.update({"_ARRAY_DIMENSIONS": dims, **attributes})
    made[...] = values


def clock(into, dimension, count):
    array(
        into, dimension, np.arange(count, dtype="i8"), [dimension], (min(count, 1 << 20),), numcodecs.Zlib(1),
        standard_name="time", units="seconds since 2026-01-01", axis="T",
    )


def walk(count, dtype="f8"):
    """Smooth enough to look like a measurement, random enough that no codec makes it small."""
    return (280 + np.cumsum(random.standard_normal(count)) * 0.01).astype(dtype)


KELVIN = {"units": "K", "standard_name": "air_temperature", "long_name": "air temperature"}

# Uncompressed lines, so that stored bytes are what the names say; chunks of one block (1 MiB) each.
for name, megabytes in [("line1", 1), ("line8", 8), ("line64", 64)]:
    count = megabytes * MB // 8
    made = group(name, f"A line of {megabytes} MB")
    clock(made, "time", count)
    array(made, "ta", walk(count), ["time"], (131072,), **KELVIN)

# The same 8 MB in chunks of 64 kB: many round trips for whoever asks for them one by one.
made = group("small", "A line of 8 MB in small chunks")
clock(made, "time", MB)
array(made, "ta", walk(MB), ["time"], (8192,), **KELVIN)

made = group("points", "Ten million points")
clock(made, "time", 10 * MB)
array(made, "ta", walk(10 * MB, "f4"), ["time"], (1 << 20,), numcodecs.Blosc("lz4", 5, numcodecs.Blosc.SHUFFLE), **KELVIN)

# What measurements are stored like: digits that the instrument has, compressed; 32 MB after decoding.
made = group("packed", "A line of 32 MB, compressed")
clock(made, "time", 8 * MB)
values = np.round(walk(8 * MB, "f4"), 2)
for name, compressor in {"lz4": numcodecs.Blosc("lz4", 5, numcodecs.Blosc.SHUFFLE), "zstd": numcodecs.Zstd(3)}.items():
    array(made, name, values, ["time"], (1 << 18,), compressor, **KELVIN)

# The same two without a time: a reader of the values alone reads as much as a picture of them takes.
made = group("plain64", "A line of 64 MB without a coordinate")
array(made, "ta", walk(8 * MB), ["sample"], (131072,), **KELVIN)
made = group("plainpacked", "A line of 32 MB, compressed, without a coordinate")
for name, compressor in {"lz4": numcodecs.Blosc("lz4", 5, numcodecs.Blosc.SHUFFLE), "zstd": numcodecs.Zstd(3)}.items():
    array(made, name, values, ["sample"], (1 << 18,), compressor, **KELVIN)

# 64 chunks of 256 kB each after decoding.
made = group("codecs", "One variable for each codec")
clock(made, "time", 64)
values = np.round(walk(64 * 65536, "f4"), 2).reshape(64, 65536)
for name, compressor in {
    "none": None,
    "zlib": numcodecs.Zlib(6),
    "zstd": numcodecs.Zstd(3),
    "lz4": numcodecs.LZ4(),
    "blosc_lz4": numcodecs.Blosc("lz4", 5, numcodecs.Blosc.SHUFFLE),
    "blosc_blosclz": numcodecs.Blosc("blosclz", 5, numcodecs.Blosc.SHUFFLE),
    "blosc_zstd": numcodecs.Blosc("zstd", 5, numcodecs.Blosc.SHUFFLE),
}.items():
    array(made, name, values, ["time", "channel"], (1, 65536), compressor, **KELVIN)

# 1 GB as an array, of which the first slices exist: a slice is one chunk.
SLICES = 120
made = group("grid", "A gigabyte in slices")
array(made, "time", np.arange(1000, dtype="i8"), ["time"], (1000,), None, standard_name="time", units="hours since 2026-01-01", axis="T")
array(made, "lat", np.linspace(-60, 60, 500), ["lat"], (500,), None, standard_name="latitude", units="degrees_north")
array(made, "lon", np.linspace(-60, 60, 500), ["lon"], (500,), None, standard_name="longitude", units="degrees_east")
field = made.create_array("sst", shape=(1000, 500, 500), chunks=(1, 500, 500), dtype="f4", compressors=None, fill_value=np.nan)
field.attrs.update({"_ARRAY_DIMENSIONS": ["time", "lat", "lon"], "units": "K", "standard_name": "sea_surface_temperature"})
for at in range(SLICES):
    field[at] = walk(250_000, "f4").reshape(500, 500)

sizes = {}
for path in sorted(out.glob("*.zarr")):
    zarr.consolidate_metadata(path)
    sizes[path.stem] = {
        folder.name: sum(file.stat().st_size for file in folder.iterdir() if not file.name.startswith("."))
        for folder in sorted(path.iterdir())
        if folder.is_dir()
    }
(out / "stores.json").write_text(json.dumps({"stored_bytes": sizes, "slices": SLICES}))
