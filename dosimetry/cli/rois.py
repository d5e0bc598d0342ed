"""Options that name the ROI that plays a part, where its name does not tell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dosimetry.names.aliases import Aliases
    from dosimetry.names.parts import Choices

__all__ = [
    "AliasesOption",
    "BodyOption",
    "BrachialPlexusOption",
    "BreastLeftOption",
    "BreastRightOption",
    "BreastTargetOption",
    "ChestwallOption",
    "ChestwallTargetOption",
    "HeartOption",
    "ImnTargetOption",
    "LadOption",
    "LateralityOption",
    "LeftVentricleOption",
    "LiverOption",
    "LungLeftOption",
    "LungRightOption",
    "LungsOption",
    "OesophagusOption",
    "SpinalCordOption",
    "choices",
    "read_alias_option",
]


def _roi(option: str, what: str) -> Any:
    return typer.Option(option, metavar="ROI", help=f"The {what}, by name or '#NUMBER'.", show_default=False)


ImnTargetOption = Annotated[str | None, _roi("--imn-target", "IMN target")]
HeartOption = Annotated[str | None, _roi("--heart", "heart")]
LadOption = Annotated[str | None, _roi("--lad", "left anterior descending artery")]
LeftVentricleOption = Annotated[str | None, _roi("--left-ventricle", "left ventricle")]
LungLeftOption = Annotated[str | None, _roi("--lung-left", "left lung")]
LungRightOption = Annotated[str | None, _roi("--lung-right", "right lung")]
LungsOption = Annotated[str | None, _roi("--lungs", "both lungs together")]
BreastLeftOption = Annotated[str | None, _roi("--breast-left", "left breast")]
BreastRightOption = Annotated[str | None, _roi("--breast-right", "right breast")]
BreastTargetOption = Annotated[str | None, _roi("--breast-target", "breast target")]
ChestwallOption = Annotated[str | None, _roi("--chestwall", "chest wall")]
ChestwallTargetOption = Annotated[str | None, _roi("--chestwall-target", "chest wall target")]
BrachialPlexusOption = Annotated[str | None, _roi("--brachial-plexus", "brachial plexus of the treated side")]
SpinalCordOption = Annotated[str | None, _roi("--spinal-cord", "spinal cord")]
OesophagusOption = Annotated[str | None, _roi("--oesophagus", "oesophagus")]
LiverOption = Annotated[str | None, _roi("--liver", "liver")]
BodyOption = Annotated[str | None, _roi("--body", "body outline")]
LateralityOption = Annotated[
    str | None, typer.Option("--laterality", metavar="left|right", help="The treated side.")
]
AliasesOption = Annotated[
    Path | None,
    typer.Option("--aliases", metavar="FILE", help="Your own names of ROIs; 'dosimetry names' writes one."),
]


def read_alias_option(path: Path | None) -> Aliases | None:
    """Return the alias file that was named; None where none was."""
    if path is None:
        return None
    from dosimetry.names.aliases import read_aliases

    return read_aliases(path)


def choices(laterality: str | None, named: Mapping[str, str | None], aliases: Path | None = None) -> Choices:
    """Return what the user named, by option.

    Raises
    ------
    UsageError
        If the side is neither left nor right.
    """
    from dosimetry.errors import UsageError
    from dosimetry.names.parts import Choices
    from dosimetry.names.roles import Side

    if laterality is not None and laterality.lower() not in ("left", "right"):
        raise UsageError(f"cannot be {laterality!r}", item="--laterality", expected="left or right")
    side = None if laterality is None else Side(laterality.lower())
    by_option = {option: name for option, name in named.items() if name is not None}
    return Choices(by_option, side, read_alias_option(aliases))
