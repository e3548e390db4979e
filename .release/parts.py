#!/usr/bin/env python3
"""Tells what a built cue-runner is made of.

    parts.py sbom PROGRAM [INSTALLED]    as CycloneDX 1.6; INSTALLED is the same, stripped
    parts.py copyright PROGRAM           the copyrights of what is built in, for Debian's file
    parts.py notice PROGRAM              the notices that its authors ask to be passed on

PROGRAM lies where `swift build` put it: which packages are really in it is read from the list of
what was linked, beside it. https://cyclonedx.org/docs/1.6/json/
"""

import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import textwrap
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
SWIFT = "Apache-2.0 WITH Swift-exception"


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def read(folder, *names):
    """The first file in a folder that begins with one of these names; nothing without one."""
    for name in names:
        for path in sorted(folder.glob(f"{name}*")):
            return path.read_text()
    return ""


class Package:
    """A Swift package as this build resolved it."""

    def __init__(self, pin, checkouts, modules):
        self.location = pin["location"].removesuffix(".git")
        self.name = self.location.split("/")[-1]
        self.revision = pin["state"]["revision"]
        self.version = pin["state"].get("version", self.revision)
        self.folder = checkouts / self.name
        self.modules = sorted(modules)
        self.notice = read(self.folder, "NOTICE")

    @property
    def notices(self):
        """Its own, and the licences of foreign code that lies among its sources."""
        inner = sorted(self.folder.glob("Sources/**/LICENSE*"))
        return [text for text in (self.notice, *(path.read_text() for path in inner)) if text]

    @property
    def licence(self):
        text = read(self.folder, "LICENSE", "COPYING")
        if "Runtime Library Exception" in text:
            return SWIFT
        if "Apache License" in text:
            return "Apache-2.0"
        if "Permission is hereby granted, free of charge" in text:
            return "MIT"
        sys.exit(f"parts.py: what is the licence of {self.name}? It is in {self.folder}")

    @property
    def holders(self):
        """As its notice, its licence or else its sources say."""
        own = (self.notice, read(self.folder, "LICENSE"))
        sources = (path.read_text() for path in sorted(self.folder.rglob("*.swift")))
        for text in (*own, *sources):
            found = re.search(r"Copyright (?:\(c\) )?(\d[^\n]*\w)", text, re.I)
            if found:
                return found[1]
        return f"the authors of {self.name}"


def packages(program):
    """The packages that were resolved; of those that are not in the program, `modules` is empty."""
    build = program.parent
    checkouts = build.parent.parent / "checkouts"
    objects = (build / "cue-runner.product" / "Objects.LinkFileList").read_text()
    linked = set(re.findall(r"/([^/\n]+)\.build/", objects))
    built = json.loads((build / "description.json").read_text())["swiftCommands"].values()
    modules = {}
    for command in built:
        place = re.search(r"/checkouts/([^/]+)/", command["sources"][0])
        if place and command["moduleName"] in linked:
            modules.setdefault(place[1], set()).add(command["moduleName"])
    pins = json.loads((ROOT / "Package.resolved").read_text())["pins"]
    found = [Package(pin, checkouts, ()) for pin in pins]
    for package in found:
        package.modules = sorted(modules.pop(package.name, ()))
    if modules:
        sys.exit(f"parts.py: not in Package.resolved: {', '.join(modules)}")
    return found


def libraries(program):
    """The Debian packages of the libraries that are loaded with the program."""
    names = set()
    for path in re.findall(r"=> (/\S+)", output("ldd", str(program))):
        real = pathlib.Path(path).resolve()
        # Debian's database may still have a path from before /lib became /usr/lib.
        for place in (path, f"/usr{path}", str(real), str(real).removeprefix("/usr")):
            owner = subprocess.run(["dpkg-query", "-S", place], capture_output=True, text=True)
            if owner.returncode == 0:
                names.add(owner.stdout.split(":")[0])
                break
    return sorted(names)


def inside(package):
    """Foreign code among a package's sources: its weaknesses have names of their own."""
    sources = package.folder / "Sources"

    def part(name, version, licence, purl):
        yield {
            "type": "library", "bom-ref": name, "name": name, "version": version,
            "licenses": [{"expression": licence}], "purl": f"pkg:{purl}{version}",
        }  # fmt: skip

    if package.name == "swift-nio-ssl":
        revision = (sources / "CNIOBoringSSL/hash.txt").read_text().split()[-1]
        yield from part("boringssl", revision, "Apache-2.0", "generic/boringssl@")
    if package.name == "swift-nio":
        header = (sources / "CNIOLLHTTP/include/c_nio_llhttp.h").read_text()
        version = ".".join(re.findall(r"LLHTTP_VERSION_[A-Z]+ (\d+)", header))
        yield from part("llhttp", version, "MIT", "github/nodejs/llhttp@v")
    if package.name == "swift-nio-extras":
        header = (sources / "CNIOExtrasZlib/include/nioextras-zlib.h").read_text()
        version = re.search(r'ZLIB_VERSION "([\d.]+)', header)[1]
        yield from part("zlib", version, "Zlib", "github/madler/zlib@v")


def component(package):
    part = {
        "type": "library",
        "bom-ref": f"swift:{package.name}",
        "name": package.name,
        "version": package.version,
        "scope": "required" if package.modules else "excluded",
        "licenses": [{"expression": package.licence}],
        "copyright": package.holders,
        "purl": f"pkg:swift/{package.location.removeprefix('https://')}@{package.version}",
        "externalReferences": [{"type": "vcs", "url": package.location}],
        "properties": [
            {"name": "cue-runner:revision", "value": package.revision},
            {"name": "cue-runner:modules", "value": " ".join(package.modules)},
        ],
    }
    if package.modules and (parts := list(inside(package))):
        part["components"] = parts
    return part


def swift():
    text = output("swift", "--version")
    tag = re.search(r"\((swift-[^\s)]+)\)", text)[1]
    return {
        "type": "library", "bom-ref": "swift", "name": "swift", "scope": "required",
        "description": "Swift's standard library, Dispatch and Foundation, which has ICU within",
        "version": re.search(r"version (\S+)", text)[1],
        "licenses": [{"expression": f"{SWIFT} AND Unicode-3.0"}],
        "purl": f"pkg:github/swiftlang/swift@{tag}",
    }  # fmt: skip


def debian(name):
    version = output("dpkg-query", "-W", "-f", "${Version}", name)
    text = pathlib.Path("/etc/os-release").read_text()
    release = dict(re.findall(r'^(\w+)="?([^"\n]*)', text, re.M))
    place = "-".join(release[name] for name in ("ID", "VERSION_ID") if name in release)
    return {
        "type": "library", "bom-ref": f"deb:{name}", "name": name, "version": version,
        "scope": "required",
        "purl": f"pkg:deb/{release['ID']}/{name}@{version.replace('+', '%2B')}?distro={place}",
    }  # fmt: skip


def sbom(program, installed):
    """What is linked in, what is loaded, and what was fetched but is not in it (`excluded`)."""
    digest = hashlib.sha256(installed.read_bytes()).hexdigest()
    version = output(str(installed), "--version").strip()
    parts = [component(package) for package in packages(program)]
    parts += [swift(), *map(debian, libraries(program))]
    needed = [part["bom-ref"] for part in parts if part["scope"] == "required"]
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", 0)) or installed.stat().st_mtime
    made = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # The same program has the same list.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}",
        "version": 1,
        "metadata": {
            "timestamp": made.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application", "bom-ref": "cue-runner", "name": "cue-runner",
                "version": version,
                "licenses": [{"expression": "Apache-2.0"}],
                "purl": f"pkg:generic/cue-runner@{version}",
                "hashes": [{"alg": "SHA-256", "content": digest}],
            },
        },
        "components": parts,
        "dependencies": [{"ref": "cue-runner", "dependsOn": needed}],
    }  # fmt: skip


def main():
    match sys.argv[1:]:
        case ["sbom", program, *installed]:
            program = pathlib.Path(program).resolve()
            installed = pathlib.Path(*installed) if installed else program
            print(json.dumps(sbom(program, installed.resolve()), indent=2))
        case ["copyright", program]:
            found = [p for p in packages(pathlib.Path(program).resolve()) if p.modules]
            for package in found:
                name = package.licence.replace("WITH Swift-", "with Swift ")
                print(f"\nFiles: {package.name}/*\nCopyright: {package.holders}\nLicense: {name}")
                if package.licence == "MIT":
                    text = read(package.folder, "LICENSE").split("\n\n", 1)[1]
                    lines = "\n\n".join(textwrap.fill(p, 78) for p in text.strip().split("\n\n"))
                    print(textwrap.indent(lines, " ", lambda _: True).replace(" \n", " .\n"))
        case ["notice", program]:
            found = [p for p in packages(pathlib.Path(program).resolve()) if p.modules]
            for package in found:
                for text in package.notices:
                    print(f"{package.name} {package.version}\n\n{text.rstrip()}\n\n{'=' * 78}")
        case _:
            sys.exit(__doc__.strip())


main()
