"""CARs between Pinfold and Kubo, both ways."""

import subprocess

from conftest import DEMO_CAR
from unixfs_reader import Car


def test_kubo_imports_the_demo(kubo, demo_expected):
    out = kubo("dag", "import", "--pin-roots=false", "--stats", DEMO_CAR).decode()
    assert "Imported" in out
    for root in demo_expected["roots"].values():
        assert kubo("dag", "stat", "--progress=false", root)


def test_pinfold_reads_what_kubo_exports(kubo, pinfold, demo_expected, tmp_path):
    """`pinfold inspect` over Kubo's export says what it says over our own CAR."""
    kubo("dag", "import", "--pin-roots=false", DEMO_CAR)
    root = demo_expected["roots"]["transit"]
    exported = tmp_path / "transit.car"
    exported.write_bytes(kubo("dag", "export", "--progress=false", root))
    assert Car(exported).order[0] == root
    cid = next(cid for cid, dataset in demo_expected["datasets"].items()
               if any(place["root"] == "transit" for place in dataset["places"]))
    inspect = lambda source: subprocess.run([pinfold, "inspect", cid, "--source", source], capture_output=True,
                                            check=True, timeout=120).stdout
    assert inspect(exported) == inspect(DEMO_CAR)
    assert len(inspect(exported)) > 500
