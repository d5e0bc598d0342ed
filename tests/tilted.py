"""Bodies whose planes the frames of a dose do not follow, and a linear dose for them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from bodies import dose_from, grid

from dosimetry.model.structures import PlaneFrame

OBLIQUE = (0.6, -0.48, 0.64)


def frame(normal, along=(0.0, 0.0, 1.0)):
    n = np.array(normal, dtype=float) / np.linalg.norm(normal)
    u = np.array(along) - (np.array(along) @ n) * n
    u /= np.linalg.norm(u)
    return PlaneFrame(u, np.cross(n, u), n)


def turned(body, normal, along=(0.0, 0.0, 1.0)):
    """Return the body with its planes in another frame: the same numbers (u, v, w), other axes."""
    return replace(body, contours=replace(body.contours, frame=frame(normal, along)))


def tilt(degrees):
    return (0.0, math.sin(math.radians(degrees)), math.cos(math.radians(degrees)))


NORMALS = {
    "sagittal": (1, 0, 0),
    "coronal": (0, -1, 0),
    "one degree": tilt(1.0),
    "twenty degrees": tilt(20.0),
    "oblique": (1.0, 2.0, 3.0),
}
FRAMES = {name: (normal, (0.0, 1.0, 0.0) if normal[2] else (0.0, 0.0, 1.0)) for name, normal in NORMALS.items()}


def linear(on=None):
    gx, gy, gz = OBLIQUE
    return dose_from(lambda x, y, z: 100.0 + gx * x + gy * y + gz * z, on or grid())
