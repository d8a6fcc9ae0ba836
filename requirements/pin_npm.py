"""Write the digests of the npm packages that the page uses to npm_packages.json.

`python requirements/pin_npm.py` asks npm for the versions below, checks the integrity that the
registry states (npm does) and writes the sha256 of each package and of each file that is used.
To take a newer version: change it here, run this, and run the tests of the page.
"""

import hashlib
import json
import subprocess
import tarfile
import tempfile
from fnmatch import fnmatch
from pathlib import Path

PINS = Path(__file__).parent.parent / "src" / "inkdigits" / "web" / "npm_packages.json"
# Version, and the files that are used as patterns.
PACKAGES = {
    "onnxruntime-web": (
        "1.30.0",
        [
            "dist/ort.wasm.min.mjs",
            "dist/ort-wasm-simd-threaded.mjs",
            "dist/ort-wasm-simd-threaded.wasm",
        ],
    ),
    "pdfjs-dist": (
        "6.5.438",
        [
            "LICENSE",
            # The build for browsers that are some years old.
            "legacy/build/pdf.min.mjs",
            "legacy/build/pdf.worker.min.mjs",
            # Scans are JBIG2 and JPEG 2000 often; colour profiles of CMYK.
            "wasm/jbig2.wasm",
            "wasm/openjpeg.wasm",
            "wasm/qcms_bg.wasm",
            "wasm/LICENSE_*",
            "standard_fonts/*",
            "iccs/*",
        ],
    ),
    "utif2": ("4.1.0", ["LICENSE", "UTIF.js"]),
    "pako": ("1.0.11", ["LICENSE", "dist/pako_inflate.min.js"]),
    "libheif-js": (
        "1.23.2",
        ["LICENSE", "libheif-wasm/LICENSE", "libheif-wasm/libheif-bundle.mjs"],
    ),
}
# What runs scripts inside PDF files, which the page never does.
LEFT_OUT = ("wasm/LICENSE_*QUICKJS",)


def main() -> None:
    """Write all pins anew."""
    pins = {name: _pin(name, *about) for name, about in PACKAGES.items()}
    PINS.write_text(json.dumps(pins, indent=2) + "\n")


def _pin(name: str, version: str, patterns: list[str]) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as place:
        command = ["npm", "pack", f"{name}@{version}", "--ignore-scripts", "--silent"]
        subprocess.run([*command, "--pack-destination", place], check=True, cwd=place)
        (tarball,) = Path(place).glob("*.tgz")
        with tarfile.open(tarball) as archive:
            files = {
                member.name.removeprefix("package/"): archive.extractfile(member)
                for member in archive
                if member.isfile()
            }
            digests = {
                path: hashlib.sha256(file.read()).hexdigest()
                for path, file in sorted(files.items())
                if file and _matches(path, patterns) and not _matches(path, LEFT_OUT)
            }
        sha256 = hashlib.sha256(tarball.read_bytes()).hexdigest()
    return {"version": version, "sha256": sha256, "files": digests}


def _matches(path: str, patterns: list[str] | tuple[str, ...]) -> bool:
    return any(fnmatch(path, pattern) for pattern in patterns)


if __name__ == "__main__":
    main()
