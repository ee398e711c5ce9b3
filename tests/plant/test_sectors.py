"""Norms of sectors are data: each with its unit, boundary and source."""

from __future__ import annotations

import pytest

from plant.errors import FactorFileError
from plant.sectors import read_sector, sectors
from plant.units import fits


def test_every_norm_names_unit_basis_boundary_and_source() -> None:
    norms = [norm for sector in sectors().values() for norm in sector.norms]
    assert len(norms) > 20
    for norm in norms:
        assert norm.source
        assert norm.boundary
        assert norm.basis.split()[0] == norm.unit.split("/")[1], norm


def test_energy_norms_are_told_in_energy() -> None:
    for sector in sectors().values():
        for norm in sector.norms:
            if norm.quantity in ("energy", "electricity", "heat"):
                assert fits(norm.unit.split("/")[0], "MJ"), norm


def test_a_sector_whose_values_were_not_read_has_the_reference_and_no_norm() -> None:
    assert sectors()["sugar"].unread
    assert not sectors()["sugar"].norms


def test_a_norm_needs_one_figure_and_no_more() -> None:
    norm = (
        'name = "A"\nname_vi = "B"\n[[norms]]\nquantity = "water"\nunit = "m3/t"\nbasis = "t"\n'
        'boundary = "b"\nkind = "survey"\nsource = "s"\n'
    )
    assert read_sector(norm + "range = [1, 2]\n", "x").norms[0].range == (1, 2)
    for figures in ("", "value = 1\nrange = [1, 2]\n"):
        with pytest.raises(FactorFileError, match="either value"):
            read_sector(norm + figures, "x.toml")
