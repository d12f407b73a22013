#!/usr/bin/python3
"""Shows casgate at work: `./dev demo [--once]`.

Makes a CA and certificates, starts two stand-in Exchange servers and casgate
with conf/demo/demo.conf, walks as Outlook does, and tells what came of each
step. Then it stays, with lines to try, until Ctrl-C; with --once it ends.
The exit code is 0 when every step did what it should.
"""

import argparse
import contextlib
import pathlib
import shutil
import signal
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from demo.setting import Setting  # noqa: E402
from demo.walk import walk  # noqa: E402


def main():
    options = argparse.ArgumentParser(description="Shows casgate at work.")
    options.add_argument("--once", action="store_true", help="end after the walk")
    options.add_argument("--program", help="casgate (default: build/release/casgate)")
    chosen = options.parse_args()

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    failed = 0
    folder = pathlib.Path(tempfile.mkdtemp(prefix="casgate-demo-"))
    try:
        with contextlib.closing(Setting(folder, chosen.program)) as setting:
            setting.start()
            failed = walk(setting)
            if not chosen.once:
                stay(setting)
    except KeyboardInterrupt:
        print()
    except (OSError, RuntimeError) as error:
        print(f"\ndemo: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if failed:
        print(f"\n{failed} of the steps failed.", file=sys.stderr)
        return 1
    if chosen.once:
        print("\nEverything did what it should.")
    return 0


def stay(setting):
    """Lines to try, and time to try them."""
    tls, plain = (port for _, port in setting.addresses)
    ca = setting.folder / "ca.pem"
    here = f"curl -s --cacert {ca} --connect-to ::127.0.0.1:{tls}"
    print(
        f"""
casgate stays; Ctrl-C ends it. Its log:   tail -f {setting.folder}/access.log
Its configuration:                        {setting.folder}/demo.conf

  # the root-domain probe, over TLS and on port 80
  {here} -i https://contoso.com/autodiscover/autodiscover.xml
  curl -s -i --connect-to ::127.0.0.1:{plain} http://anything.example/Autodiscover/Autodiscover.xml

  # who am I? NTLM in three legs on one connection, then once more without
  {here} --ntlm -u alice:Secret-1 \\
      https://mail.contoso.com/standin/whoami https://mail.contoso.com/standin/whoami

  # what Exchange is told: the request as the server received it
  {here} https://mail.contoso.com/standin/head

  # a redirect and cookies of a server that believes to be on plain HTTP
  {here} -i https://mail.contoso.com/owa
  {here} -i https://mail.contoso.com/owa/

  # notifications, a chunk a second, each passed on as it comes
  {here} -N -u alice:Secret-1 -d x 'https://mail.contoso.com/ews/exchange.asmx?chunks=5&pause=1'

  # another certificate for another name
  openssl s_client -connect 127.0.0.1:{tls} -CAfile {ca} \\
      -servername autodiscover.contoso.com -brief </dev/null
""",
        flush=True,
    )
    signal.pause()


if __name__ == "__main__":
    sys.exit(main())
