"""The command line and the configuration language, through the program."""

import json
import os
import pathlib
import re
import shutil

import pytest

from harness import ROOT

MISTAKES = ROOT / "tests" / "data" / "config-errors"
REDIRECT = "listen 127.0.0.1:0 { autodiscover-redirect autodiscover.contoso.com }\n"

FINE, WRONG_USAGE, WRONG_CONFIGURATION = 0, 2, 78


def lines_with_places(text):
    """The lines that name a place, less the excerpts below them."""
    return [line for line in text.splitlines() if re.match(r"\S.*?:\d+:\d+: ", line)]


# Mistakes.


@pytest.mark.parametrize("name", sorted(p.stem for p in MISTAKES.glob("*.expect")))
def test_a_mistake_is_told_where_it_is(name, run, monkeypatch):
    monkeypatch.chdir(MISTAKES)
    file = f"{name}.conf"
    if not pathlib.Path(file).exists():
        file = f"{name}/casgate.conf"
    done = run("-t", "-c", file)
    assert done.returncode == WRONG_CONFIGURATION
    assert done.stdout == ""
    expected = pathlib.Path(f"{name}.expect").read_text().splitlines()
    assert lines_with_places(done.stderr) == expected


def test_an_error_shows_its_line_with_a_caret(run, tmp_path):
    done = run("-t", config="\tlisten 80 {\n\t\tötherwise 404\n\t}\n")
    assert done.stderr == (
        f"{tmp_path}/casgate.conf:2:3: unknown word 'ötherwise'; "
        "did you mean 'otherwise'?\n"
        "    \t\tötherwise 404\n"
        "    \t\t^\n"
    )


def test_twenty_errors_are_shown_and_the_others_counted(run):
    done = run("-t", "-c", MISTAKES / "many-mistakes.conf")
    assert len(lines_with_places(done.stderr)) == 20
    assert done.stderr.endswith("casgate: 5 more errors are not shown\n")


@pytest.mark.parametrize("arguments", [["-t"], ["-T"], ["-T", "--json"], []])
def test_a_wrong_configuration_is_78_whatever_is_asked(run, arguments):
    done = run(*arguments, config="lisetn 80\n")
    assert done.returncode == WRONG_CONFIGURATION
    assert "did you mean 'listen'?" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("arguments", [["-t"], ["-T"], []])
def test_a_missing_file_is_named(run, tmp_path, arguments):
    path = tmp_path / "gone.conf"
    done = run("-c", path, *arguments)
    assert done.returncode == WRONG_CONFIGURATION
    assert f"{path}: No such file or directory" in done.stderr


def test_a_folder_is_no_configuration(run, tmp_path):
    done = run("-t", "-c", tmp_path)
    assert done.returncode == WRONG_CONFIGURATION
    assert str(tmp_path) in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_we_may_not_read(run, tmp_path):
    path = tmp_path / "secret.conf"
    path.write_text(REDIRECT)
    path.chmod(0)
    done = run("-t", "-c", path)
    assert done.returncode == WRONG_CONFIGURATION
    assert f"{path}: Permission denied" in done.stderr


def test_a_folder_to_include_from_that_is_not_there(run):
    done = run("-t", config=REDIRECT + "include conf.d/*.conf\n")
    assert done.returncode == WRONG_CONFIGURATION
    assert "casgate.conf:2:9: " in done.stderr
    assert "No such file or directory" in done.stderr


# A right configuration.


def test_a_right_configuration_is_0(run):
    done = run("-t", config=REDIRECT)
    assert done.returncode == FINE
    assert done.stderr == ""


def test_a_warning_is_0(run, tmp_path):
    (tmp_path / "conf.d").mkdir()
    done = run("-t", config=REDIRECT + "include conf.d/*.conf\n")
    assert done.returncode == FINE
    assert "casgate.conf:2:9: warning: no file fits" in done.stderr


def test_included_files_are_read_in_order(run, tmp_path):
    folder = tmp_path / "conf.d"
    folder.mkdir()
    (folder / "20.conf").write_text("listen 127.0.0.1:0 { otherwise 404 }\n")
    (folder / "10.conf").write_text("listen 127.0.0.2:0 { otherwise 404 }\n")
    (folder / "30.conf~").write_text("not read\n")
    done = run("-T", config="include conf.d/*.conf\n")
    assert done.returncode == FINE
    listens = re.findall(r"^listen (\S+).*# (\S+)$", done.stdout, re.MULTILINE)
    assert listens == [
        ("127.0.0.2:0", f"{folder}/10.conf:1"),
        ("127.0.0.1:0", f"{folder}/20.conf:1"),
    ]


# What -T prints.


def without_origins(text):
    return re.sub(r"\s+# \S+$", "", text, flags=re.MULTILINE)


EXAMPLES = sorted((ROOT / "conf").glob("*.conf")) + sorted(
    (ROOT / "conf" / "examples").glob("*.conf")
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_what_is_printed_reads_back_the_same(run, tmp_path, example):
    first = run("-T", "-c", example)
    assert first.returncode == FINE, first.stderr
    printed = tmp_path / "printed.conf"
    printed.write_text(first.stdout)
    second = run("-T", "-c", printed)
    assert second.returncode == FINE, second.stderr
    assert without_origins(second.stdout) == without_origins(first.stdout)


def test_relative_paths_are_good_anywhere_once_printed(run, tmp_path, monkeypatch):
    shutil.copy(ROOT / "conf" / "examples" / "san-certificate.conf", tmp_path)
    monkeypatch.chdir(tmp_path)
    done = run("-T", "-c", "san-certificate.conf")
    assert f"certificate {tmp_path}/tls/san.pem" in done.stdout


def test_each_value_tells_where_it_is_from(run, tmp_path):
    done = run("-T", config=REDIRECT + "timeout rpc 90m\n")
    assert re.search(
        rf"^timeout rpc 90m +# {tmp_path}/casgate.conf:2$", done.stdout, re.MULTILINE
    )
    assert re.search(r"^timeout activesync 65m +# default$", done.stdout, re.MULTILINE)
    for line in done.stdout.splitlines():
        assert line == "}" or re.search(r" # (default|\S+:\d+)$", line), line


def test_json_has_the_same(run, tmp_path):
    done = run("-T", "--json", config=REDIRECT + "timeout rpc 90m\nlimit head 64k\n")
    assert done.returncode == FINE
    told = json.loads(done.stdout)
    file = f"{tmp_path}/casgate.conf"
    assert told["timeout"]["rpc"] == {"seconds": 5400, "from": f"{file}:2"}
    assert told["timeout"]["ews"] == {"seconds": 2100, "from": "default"}
    assert told["limit"]["head"] == {"bytes": 65536, "from": f"{file}:3"}
    assert told["workers"] == {"value": None, "from": "default"}
    (listen,) = told["listen"]
    assert (listen["address"], listen["port"], listen["tls"]) == ("127.0.0.1", 0, False)
    assert listen["autodiscover-redirect"] == {
        "value": "autodiscover.contoso.com",
        "from": f"{file}:1",
    }
    assert listen["otherwise"] == {"value": "404", "target": None, "from": "default"}


# The rest of the command line.


def test_version(run):
    for option in ("-v", "--version"):
        done = run(option)
        assert done.returncode == FINE
        assert re.fullmatch(r"casgate \d+\.\d+\.\d+\n", done.stdout)


def test_what_it_is_made_of(run):
    done = run("-V")
    assert done.returncode == FINE
    for word in ("libevent 2.", "OpenSSL 3.", "http-parser", "jansson", "TLSv1.3"):
        assert word in done.stdout


def test_help(run):
    for option in ("-h", "--help"):
        done = run(option)
        assert done.returncode == FINE
        assert "casgate [-c FILE]" in done.stdout


def test_help_for_all_words_is_a_page(run):
    done = run("-H")
    assert done.returncode == FINE
    words = [re.split(r"  +", line.strip())[0] for line in done.stdout.splitlines()]
    assert {"listen", "certificate", "site", "timeout rpc", "log access"} <= set(words)
    assert len(words) < 45 and max(map(len, done.stdout.splitlines())) < 80


def test_help_for_a_word(run):
    done = run("-H", "fallback")
    assert done.returncode == FINE
    assert done.stdout.startswith("fallback NAME | refuse\n")
    assert "listen ... tls" in done.stdout

    done = run("-H", "timeout")
    assert "timeout rpc TIME\n" in done.stdout and "timeout head TIME\n" in done.stdout


def test_help_for_an_unknown_word(run):
    done = run("-H", "lisetn")
    assert done.returncode == WRONG_USAGE
    assert "did you mean 'listen'?" in done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["-x"], ["-c"], ["extra"], ["-t", "-v"], ["--json"], ["-t", "--json"]],
    ids=" ".join,
)
def test_wrong_usage_is_2(run, arguments):
    done = run(*arguments)
    assert done.returncode == WRONG_USAGE
    assert done.stdout == ""
    assert "casgate -h" in done.stderr
