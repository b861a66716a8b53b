"""A client of the CRI without a kubelet: gRPC by Debian's python3-grpcio, the few messages by their field numbers.

Numbers and names are those of k8s.io/cri-api's api.proto, service runtime.v1.RuntimeService. A request is a dict of field
number to value (int, str, dict for a message, list for a repeated field), an answer one of number to the list of its values.

    runtime = cri.Runtime("/run/containerd/containerd.sock")
    pod = runtime("RunPodSandbox", {1: {1: {1: "name", 2: "uid", 3: "default"}}})[1][0].decode()
"""

import grpc


def varint(number):
    number &= 2**64 - 1  # a negative one as protobuf has it
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out) + bytes([number])


def encode(message):
    out = b""
    for field, values in message.items():
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, int):
                out += varint(field << 3) + varint(value)
            else:
                data = encode(value) if isinstance(value, dict) else value.encode()
                out += varint(field << 3 | 2) + varint(len(data)) + data
    return out


def decode(data):
    message, at = {}, 0

    def number():
        nonlocal at
        value, shift = 0, 0
        while True:
            byte, at = data[at], at + 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = number()
        kind = key & 7
        if kind == 0:
            value = number()
        else:
            size = {1: 8, 5: 4}.get(kind)
            size = number() if size is None else size
            value, at = data[at:at + size], at + size
        message.setdefault(key >> 3, []).append(value)
    return message


class Runtime:
    def __init__(self, socket):
        self._channel = grpc.insecure_channel(f"unix://{socket}")

    def __call__(self, method, request, timeout=240):
        call = self._channel.unary_unary(f"/runtime.v1.RuntimeService/{method}", request_serializer=encode,
                                         response_deserializer=decode)
        return call(request, timeout=timeout)

    def close(self):
        self._channel.close()
