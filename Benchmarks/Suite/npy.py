"""Arrays of f32 in NumPy's file format, without NumPy, which the machine may not have."""

import array
import struct


def write_array(path, shape, elements):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        array.array("f", elements).tofile(file)


def read_array(path):
    with open(path, "rb") as file:
        magic = file.read(8)
        count = struct.unpack("<H", file.read(2))[0] if magic[6] == 1 else struct.unpack("<I", file.read(4))[0]
        file.seek(count, 1)
        elements = array.array("f")
        elements.frombytes(file.read())
        return elements
