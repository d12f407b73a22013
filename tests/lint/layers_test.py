#!/usr/bin/python3
"""A file of proxy/ includes only what its layer stands on.

The compiler does not see headers above a layer either (cmake/layers.cmake);
this test also says so in words, and keeps each library in its one home.
"""

import pathlib
import re
import sys

PROXY = pathlib.Path(__file__).resolve().parents[2] / "proxy"
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

# What each layer may use of ours, besides itself.
BELOW = {"base": set()}
BELOW["config"] = BELOW["net"] = BELOW["http"] = {"base"}
BELOW["tls"] = {"base", "net"}
BELOW["site"] = {"base", "net", "http", "config", "tls"}
BELOW["session"] = BELOW["site"] | {"site"}
BELOW["daemon"] = BELOW["session"] | {"session"}
BELOW["main"] = BELOW["daemon"] | {"daemon"}

# Where each library is at home; headers of others are the system's.
HOMES = {
    "event": {"net"},
    "openssl/": {"tls"},
    "http_parser.h": {"http"},
    "jansson": {"config", "daemon", "main"},
    "cap-ng.h": {"daemon", "main"},
    "seccomp.h": {"daemon"},
}


def problem_of(layer, quote, header):
    if quote == '"':
        other = header.partition("/")[0]
        if other not in BELOW:
            return f'includes "{header}", which is not "layer/file.h"'
        if other != layer and other not in BELOW[layer]:
            return f'includes "{header}", but {layer} does not stand on {other}'
    for start, homes in HOMES.items():
        if header.startswith(start) and layer not in homes:
            return f"includes <{header}>, which only {' and '.join(sorted(homes))} may"
    return None


def problems():
    for path in sorted(PROXY.rglob("*.[ch]")):
        name = path.relative_to(PROXY)
        layer = name.parts[0]
        if layer not in BELOW or len(name.parts) != 2:
            yield f"proxy/{name}: is in no layer"
            continue
        for quote, header in INCLUDE.findall(path.read_text()):
            problem = problem_of(layer, quote, header)
            if problem:
                yield f"proxy/{name}: {problem}"


def main():
    # The test itself must see what it is for.
    assert problem_of("http", '"', "net/conn.h")
    assert problem_of("net", '"', "tls/tls_conn.h")
    assert problem_of("site", "<", "openssl/ssl.h")
    assert not problem_of("tls", "<", "openssl/ssl.h")
    found = list(problems())
    print("\n".join(found) or "every include points down")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
