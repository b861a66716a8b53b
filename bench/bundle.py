"""Bundles: the one that `berth-runtime spec` writes, with another command."""

import json

from view import Failed


def default_spec(view):
    """The default config.json as every contender gets it."""
    directory = view.work / "spec"
    directory.mkdir(exist_ok=True)
    view.time("berth-runtime", "spec", "--bundle", directory)
    file = directory / "config.json"
    if not file.exists():
        raise Failed("berth-runtime spec wrote no config.json")
    spec = json.loads(file.read_text())
    file.unlink()
    return spec


def make_bundle(view, name, *args, environment=(), mounts=()):
    """A directory with the default bundle that runs `args` without a terminal on the common root filesystem."""
    spec = default_spec(view)
    spec["process"]["terminal"] = False
    spec["process"]["args"] = list(args)
    spec["process"]["env"].extend(environment)
    spec["mounts"].extend(mounts)
    spec["root"]["path"] = str(view.rootfs())
    bundle = view.work / name
    bundle.mkdir()
    (bundle / "config.json").write_text(json.dumps(spec, indent=2))
    return bundle
