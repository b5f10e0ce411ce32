"""IOOS compliance-checker and `pinfold check` on the campaign's datasets, written as NetCDF: they agree.

What they judge differently is told on the page of the checks (content/checks.md) and is named here as well.
"""

import json
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from unixfs_reader import Car

pytest.importorskip("compliance_checker", reason="pip install compliance-checker")
pytest.importorskip("netCDF4")

ROOT = "bafybeibsnyggfdlytyqifuigc5qqs72p7e4xd6jfg7e2ale6z2yuvejh6e"

# Units that UDUNITS does not have and that every program of the field reads.
READ_BY_US = {"dB", "deg", "dimensionless"}

# ACDD attributes for which we take another spelling, too: (ours, what is accepted).
SPELLINGS = {"acknowledgement": "acknowledgment/acknowledgement"}


@pytest.fixture(scope="module")
def datasets(campaign_car, pinfold, tmp_path_factory):
    """By name: the variables' attributes, their messages by checker, our findings by code."""
    import xarray

    folder = tmp_path_factory.mktemp("compliance")
    car = Car(campaign_car)
    car.extract(ROOT, folder / "tree")
    found = {}
    for zarr in sorted((folder / "tree").rglob("*.zarr")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = xarray.open_zarr(zarr, decode_cf=False)
        for variable in data.variables.values():
            variable.encoding = {}
        netcdf = folder / f"{zarr.stem}.nc"
        data.to_netcdf(netcdf)
        messages = {}
        for checker in ["cf:1.8", "acdd:1.3"]:
            report = folder / f"{zarr.stem}-{checker[:2]}.json"
            program = Path(sys.executable).with_name("compliance-checker")
            subprocess.run([program, "-t", checker, "-c", "strict", "-f", "json", "-o", report, netcdf], capture_output=True, timeout=300)
            result = json.loads(report.read_text())[checker]
            messages[checker] = [message for part in ["high_priorities", "medium_priorities", "low_priorities"]
                                 for check in result[part] for message in check["msgs"]]
        relative = zarr.relative_to(folder / "tree").as_posix()
        cid = car.resolve(ROOT, relative)
        done = subprocess.run([pinfold, "inspect", cid, "--source", campaign_car], capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr
        findings = {}
        for finding in json.loads(done.stdout)["findings"]:
            findings.setdefault(finding["code"], []).append(finding)
        attributes = {name: dict(variable.attrs) for name, variable in data.variables.items()}
        found[zarr.stem] = (attributes, messages, findings)
    assert len(found) == 6
    return found


def names(messages, pattern):
    """What the first group of a pattern finds."""
    return {match.group(1) for message in messages if (match := re.search(pattern, message))}


def count(findings, code):
    """How many variables our finding of that code is about."""
    total = 0
    for finding in findings.get(code, []):
        more = re.search(r"(?:; |nor those of )(\d+) more variables", finding["message"])
        total += 1 + (int(more.group(1)) if more else 1 if "has the same fault" in finding["message"] else 0)
    return total


def test_units(datasets):
    for name, (attributes, messages, findings) in datasets.items():
        unknown = names(messages["cf:1.8"], r'units for .*?, "(.*)" are not recognized by UDUNITS') - READ_BY_US
        # They leave out flags, we do not.
        ours = sum(1 for variable in attributes.values() if variable.get("units") in unknown)
        assert count(findings, "units-unknown") == ours, (name, unknown)


def test_names(datasets):
    for name, (_, messages, findings) in datasets.items():
        cf = messages["cf:1.8"]
        assert count(findings, "name-invalid") == len(names(cf, r"^variable (.*) should begin with a letter")), name
        undefined = [message for message in cf if "is not defined in Standard Name Table" in message]
        assert count(findings, "standard-name-unknown") == len(undefined), name
        bare = names(cf, r"long_name or/and standard_name is highly recommended for variable (.*)$")
        # We ask for it of measurements, they of coordinates and flags as well.
        assert count(findings, "names-missing") <= len(bare), name
        for finding in findings.get("names-missing", []):
            assert finding["place"]["variable"] in bare, name


def test_verticals(datasets):
    for name, (_, messages, findings) in datasets.items():
        theirs = names(messages["cf:1.8"], r"^(\S+): vertical coordinates not defining pressure must include a positive")
        # We know a vertical coordinate by its name as well.
        assert len(theirs) <= count(findings, "positive-missing") <= len(theirs) + 2, (name, theirs)


def test_discovery(datasets):
    for name, (_, messages, findings) in datasets.items():
        theirs = {message.removesuffix(" not present") for message in messages["acdd:1.3"] if message.endswith(" not present")}
        theirs = {message.removeprefix("Attr ").removesuffix(" is") for message in theirs}
        ours = set()
        for code in ["acdd-recommended", "acdd-suggested"]:
            for finding in findings.get(code, []):
                ours |= set(finding["message"].split(": ")[1].split(", "))
        ours = {SPELLINGS.get(attribute, attribute) for attribute in ours}
        # What we miss, they miss.
        assert ours <= theirs, (name, ours - theirs)
        # And what all of them ask for.
        for code, attribute in [("title-missing", "title"), ("summary-missing", "summary"), ("keywords-missing", "keywords")]:
            assert (code in findings) == (attribute in theirs), (name, attribute)
