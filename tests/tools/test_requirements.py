"""The pins cover what pyproject.toml asks for, on every Python that it promises."""

import re
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

tomllib = pytest.importorskip("tomllib", reason="Python 3.10 has no tomllib")

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]


def linux_pc(python: str) -> dict[str, str]:
    """What markers are asked on a Linux PC with that Python."""
    return {
        **{name: str(value) for name, value in default_environment().items()},
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "implementation_name": "cpython",
    }


def applies(requirement: Requirement, python: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(linux_pc(python))


def pins(file: Path, python: str) -> dict[str, str]:
    """Name → version of what a Linux PC with that Python installs."""
    found: dict[str, str] = {}
    for line in file.read_text().splitlines():
        if line.startswith("#"):
            continue
        requirement = Requirement(line)
        if applies(requirement, python):
            assert requirement.name not in found, f"{requirement.name} twice for {python}"
            match = re.fullmatch(r"==([^*]+)", str(requirement.specifier))
            assert match, f"{line} is not pinned"
            found[requirement.name] = match[1]
    return found


@pytest.mark.parametrize("python", PYTHONS)
def test_each_dependency_has_a_pin_that_fits(checkout: Path, python: str) -> None:
    project = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["project"]
    run = pins(checkout / "tools" / "requirements.txt", python)
    dev = pins(checkout / "tools" / "requirements-dev.txt", python)
    for text in project["dependencies"]:
        requirement = Requirement(text)
        if applies(requirement, python):
            assert run[requirement.name] in requirement.specifier, text
    for text in project["optional-dependencies"]["dev"]:
        requirement = Requirement(text)
        assert dev[requirement.name] in requirement.specifier, text


@pytest.mark.parametrize("python", PYTHONS)
def test_the_check_has_the_versions_that_the_demo_has(checkout: Path, python: str) -> None:
    run = pins(checkout / "tools" / "requirements.txt", python)
    dev = pins(checkout / "tools" / "requirements-dev.txt", python)
    assert run.items() <= dev.items()


@pytest.mark.parametrize("python", PYTHONS)
def test_the_duel_adds_link_and_changes_nothing(checkout: Path, python: str) -> None:
    """Link is GPL: no installation has it but the one that was asked for it."""
    run = pins(checkout / "tools" / "requirements.txt", python)
    dev = pins(checkout / "tools" / "requirements-dev.txt", python)
    duel = pins(checkout / "tools" / "requirements-duel.txt", python)
    assert duel.keys() - run.keys() == {"linkpython-extern"}
    assert run.items() <= duel.items()
    assert "linkpython-extern" not in dev
