"""Bytes in bulk that both ends can name without keeping them."""

import zlib

BLOCK = b"".join(b"%015d\n" % n for n in range(16384))  # 256 KiB, never alike


def blocks(count):
    """`count` bytes, a block at a time."""
    while count > 0:
        yield BLOCK[:count] if count < len(BLOCK) else BLOCK
        count -= len(BLOCK)


def content(count):
    return b"".join(blocks(count))


def crc32(count):
    """The checksum of content(count), of any size."""
    value = 0
    for block in blocks(count):
        value = zlib.crc32(block, value)
    return value
