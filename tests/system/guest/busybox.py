"""A root filesystem of busybox-static alone, and archives of it: a plain one, and an image as engines load it."""

import hashlib
import io
import json
import pathlib
import tarfile

import service

ROOT = pathlib.Path("/srv/busybox")


def root():
    if not ROOT.exists():
        for name in ("bin", "etc", "proc", "sys", "dev", "tmp", "root", "run"):
            (ROOT / name).mkdir(parents=True)
        service.run("cp", "/bin/busybox", ROOT / "bin", check=True)
        service.run("chroot", ROOT, "/bin/busybox", "--install", "-s", "/bin", check=True)
        (ROOT / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")
        (ROOT / "etc/group").write_text("root:x:0:\nnogroup:x:65534:\n")
    return ROOT


def archive():
    path = ROOT.with_suffix(".tar")
    if not path.exists():
        service.run("tar", "-C", root(), "-cf", path, ".", check=True)
    return path


def image(name, command=("/bin/sh",)):
    """An OCI archive of one layer that is imported as `name`."""
    path = pathlib.Path("/srv") / (name.replace("/", "-").replace(":", "-") + ".oci.tar")
    if path.exists():
        return path
    layer = archive().read_bytes()
    with tarfile.open(path, "w") as out:
        def add(file, data):
            entry = tarfile.TarInfo(file)
            entry.size = len(data)
            out.addfile(entry, io.BytesIO(data))

        def blob(kind, data):
            text = data if isinstance(data, bytes) else json.dumps(data).encode()
            digest = hashlib.sha256(text).hexdigest()
            add(f"blobs/sha256/{digest}", text)
            return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(text)}

        content = blob("layer.v1.tar", layer)
        config = blob("config.v1+json", {
            "architecture": "amd64", "os": "linux", "config": {"Cmd": list(command), "Env": ["PATH=/bin"]},
            "rootfs": {"type": "layers", "diff_ids": [content["digest"]]}})
        manifest = blob("manifest.v1+json", {
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config,
            "layers": [content]})
        manifest["annotations"] = {"io.containerd.image.name": name}
        add("oci-layout", json.dumps({"imageLayoutVersion": "1.0.0"}).encode())
        add("index.json", json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode())
    return path
